/* SPDX-License-Identifier: MIT */
/*
 * The life of a request on a real ring, step by step. After each thing done to the ring all of its
 * memory is read back and compared with what was there before, so that whatever a step says of
 * heads, tails, slots and bytes was seen. Where the kernel did otherwise than the step expects, the
 * step says so.
 *
 * Requests do harmless things: nothing outside of memory and pipes of this process is touched, and
 * /dev/null is opened. No wait is longer than walk_ask.patience_ms.
 */
#ifndef DUMP_WALK_WALK_H
#define DUMP_WALK_WALK_H

#include "dump/abi/layout.h"

/* What is asked for in the scene that follows one request; the others use NOP. */
enum walk_op {
	WALK_OP_NOP,
	WALK_OP_OPENAT,	   /* of /dev/null */
	WALK_OP_READ,	   /* of 16 bytes in a memfd */
	WALK_OP_WRITE,	   /* of 16 bytes to a memfd */
	WALK_OP_TIMEOUT,   /* of 1 ms */
	WALK_OP_POLL,	   /* of a pipe, once */
	WALK_OP_MULTISHOT, /* of a pipe, until it is cancelled */
	WALK_OPS,
};

extern const char *const walk_op_names[WALK_OPS];

enum walk_scene_id {
	SCENE_REQUEST,
	SCENE_WRAPAROUND,
	SCENE_FULL_SQ,
	SCENE_OVERFLOW,
	SCENE_DROPPED,
	WALK_SCENES,
};

extern const char *const walk_scene_names[WALK_SCENES];	 /* "full-sq" */
extern const char *const walk_scene_titles[WALK_SCENES]; /* "a full SQ" */

/* What kind of thing was done. */
enum walk_kind {
	WALK_INITIAL, /* the ring was made */
	WALK_FILLED,  /* SQEs and their indices were written */
	WALK_TAIL,    /* sq.tail was stored */
	WALK_LOOKED,  /* the application looked, and wrote nothing */
	WALK_ENTERED, /* the kernel was called, or the SQ thread woken, to take SQEs */
	WALK_EVENT,   /* something happened that a request waits for */
	WALK_POSTED,  /* completions were waited for */
	WALK_READ,    /* CQEs were read */
	WALK_HEAD,    /* cq.head was stored */
	WALK_FORWARD, /* many requests went all the way */
	WALK_FLUSHED, /* the kernel was asked for what it had kept */
	WALK_KINDS,
};

extern const char *const walk_kind_names[WALK_KINDS];

/* What both sides write in the header. */
struct walk_state {
	uint32_t sq_head, sq_tail, sq_flags, sq_dropped;
	uint32_t cq_head, cq_tail, cq_flags, cq_overflow;
};

#define WALK_WINDOW 16u

/* Neighbouring slots of a ring, around the one in question. */
struct walk_window {
	unsigned first, n;
	bool has_values;	     /* false: the ring has no index array */
	uint64_t value[WALK_WINDOW]; /* SQ: the index array; CQ: user_data */
};

#define WALK_MAX_BYTES 64u

/* Bytes that changed, of one field, or of one member of an entry. */
struct walk_change {
	enum layout_map_id map;
	const struct layout_field *field;   /* NULL: padding */
	bool indexed;			    /* an element of an array */
	unsigned index;			    /* of the element */
	const struct layout_member *member; /* NULL: not inside an SQE or CQE */
	char name[20];			    /* of the member, as this request calls it */
	uint64_t offset;		    /* in the mapping, of the first byte that changed */
	unsigned bytes;			    /* to the last one that changed */
	unsigned char before[WALK_MAX_BYTES], after[WALK_MAX_BYTES];
	bool has_value; /* of all of the member or field, up to 8 bytes */
	uint64_t old_value, new_value;
	bool expected; /* of this step */
};

#define WALK_MAX_CHANGES 24u

struct walk_step {
	enum walk_kind kind;
	enum layout_writer by; /* WRITER_CONST: nobody */
	char title[80];
	char what[240];
	const char *order; /* which memory order it needs and why; "" none */
	char call[96];	   /* "": no system call */
	int ret;	   /* of the call */
	char note[240];	   /* what the kernel did otherwise, or is worth a look; "" nothing */
	bool otherwise;	   /* the note is of the first kind */
	struct walk_state state;
	struct walk_window array, cqes;
	struct walk_change *changes; /* the first WALK_MAX_CHANGES at most */
	unsigned n_changes;	     /* that are kept */
	unsigned all_changes;
	unsigned unexpected; /* of all */
	uint64_t changed_bytes;
};

struct walk_scene {
	enum walk_scene_id id;
	char absent[160]; /* why the scene cannot be played on this ring, or "" */
	struct walk_step *steps;
	unsigned n_steps;
	/* Of the whole scene: requests made, completions read, sq.dropped at its end, and whether each
	 * request that was not dropped was completed, a single-shot one exactly once. */
	unsigned made, completed, dropped;
	bool complete;
};

struct walk {
	enum walk_op op;
	struct layout layout; /* of the rings, which are all made alike */
	struct walk_scene scenes[WALK_SCENES];
	unsigned n_scenes;
};

struct walk_ask {
	unsigned entries;
	struct ring_params asked;
	enum walk_op op;
	uint32_t scenes; /* bit per walk_scene_id */
	unsigned patience_ms;
};

/* Plays the scenes, each on a ring of its own. On success the caller frees with walk_free(). Any
 * error of layout_open(), with f filled, or -ENOMEM, or the errno of what the request works on. */
int walk_run(struct kernel *k, const struct walk_ask *ask, struct walk *w, struct fail *f);

void walk_free(struct walk *w);

#define _cleanup_walk_ _cleanup_(walk_free)

#endif
