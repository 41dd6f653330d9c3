/* SPDX-License-Identifier: MIT */
/*
 * Follows a request on a real ring step by step. After each step the whole memory of the ring is read and
 * compared with its state before, so everything in a step was observed. If the kernel did not behave as the
 * step expects, the step says so.
 *
 * Requests are harmless: they use only memory and pipes of this process, and open /dev/null. No wait is
 * longer than walk_ask.patience_ms.
 */
#ifndef DUMP_WALK_WALK_H
#define DUMP_WALK_WALK_H

#include "dump/abi/layout.h"

/* The request to follow in the scene "request"; the other scenes use NOP. */
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

/* What was done. */
enum walk_kind {
	WALK_INITIAL, /* the ring was set up */
	WALK_FILLED,  /* SQEs and their indices were written */
	WALK_TAIL,    /* sq.tail was stored */
	WALK_LOOKED,  /* the application checked something, and wrote nothing */
	WALK_ENTERED, /* the kernel was called, or the SQ thread woken up, to take SQEs */
	WALK_EVENT,   /* an event that a request waits for */
	WALK_POSTED,  /* completions were waited for */
	WALK_READ,    /* CQEs were read */
	WALK_HEAD,    /* cq.head was stored */
	WALK_FORWARD, /* several requests were submitted and completed */
	WALK_FLUSHED, /* the kernel was asked to flush overflowed CQEs */
	WALK_KINDS,
};

extern const char *const walk_kind_names[WALK_KINDS];

/* Fields of the header that both sides write. */
struct walk_state {
	uint32_t sq_head, sq_tail, sq_flags, sq_dropped;
	uint32_t cq_head, cq_tail, cq_flags, cq_overflow;
};

#define WALK_WINDOW 16u

/* Adjacent slots of a ring, around the current one. */
struct walk_window {
	unsigned first, n;
	bool has_values;	     /* false: the ring has no index array */
	uint64_t value[WALK_WINDOW]; /* SQ: the index array; CQ: user_data */
};

#define WALK_MAX_BYTES 64u

/* Bytes that changed in one field, or in one member of an entry. */
struct walk_change {
	enum layout_map_id map;
	const struct layout_field *field;   /* NULL: padding */
	bool indexed;			    /* it is an element of an array */
	unsigned index;			    /* of the element */
	const struct layout_member *member; /* NULL: not inside an SQE or CQE */
	char name[20];			    /* of the member, as named by this request */
	uint64_t offset;		    /* in the mapping, of the first changed byte */
	unsigned bytes;			    /* up to the last changed byte */
	unsigned char before[WALK_MAX_BYTES], after[WALK_MAX_BYTES];
	bool has_value; /* the value of the whole member or field, up to 8 bytes */
	uint64_t old_value, new_value;
	bool expected; /* explained by this step */
};

#define WALK_MAX_CHANGES 24u

struct walk_step {
	enum walk_kind kind;
	enum layout_writer by; /* WRITER_CONST: nobody */
	char title[80];
	char what[240];
	const char *order; /* the memory order that it needs and why; "" none */
	char call[96];	   /* "": no system call */
	int ret;	   /* of the call */
	char note[240];	   /* how the kernel deviated, or a remark; "" nothing */
	bool otherwise;	   /* the note is about a deviation */
	struct walk_state state;
	struct walk_window array, cqes;
	struct walk_change *changes; /* the first WALK_MAX_CHANGES */
	unsigned n_changes;	     /* number kept */
	unsigned all_changes;
	unsigned unexpected; /* of all changes */
	uint64_t changed_bytes;
};

struct walk_scene {
	enum walk_scene_id id;
	char absent[160]; /* why this ring cannot show the scene, or "" */
	struct walk_step *steps;
	unsigned n_steps;
	/* For the whole scene: requests made, completions read, sq.dropped at the end, and whether each
	 * request that was not dropped completed (single-shot ones exactly once). */
	unsigned made, completed, dropped;
	bool complete;
};

struct walk {
	enum walk_op op;
	struct layout layout; /* of the rings, which are all alike */
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

/* Runs the scenes, each on its own ring. On success free *w with walk_free(). Returns the errors of
 * layout_open(), with f filled, -ENOMEM, or an errno of the request's resources. */
int walk_run(struct kernel *k, const struct walk_ask *ask, struct walk *w, struct fail *f);

void walk_free(struct walk *w);

#define _cleanup_walk_ _cleanup_(walk_free)

#endif
