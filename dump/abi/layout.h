/* SPDX-License-Identifier: MIT */
/*
 * The memory layout of one ring: every byte of every mapping belongs to a part, which is a field, an array
 * or padding. Offsets come from the kernel, values from memory. Only predictions are computed by formulas.
 */
#ifndef DUMP_ABI_LAYOUT_H
#define DUMP_ABI_LAYOUT_H

#include "field.h"
#include "predict.h"
#include "probe/kernel/ring.h"

enum layout_map_id { MAP_RINGS, MAP_SQ_RING, MAP_CQ_RING, MAP_SQES, LAYOUT_MAPS };

extern const char *const layout_map_names[LAYOUT_MAPS]; /* "rings", "sq_ring", "cq_ring", "sqes" */

struct layout_part {
	uint64_t offset, bytes;		  /* in its mapping */
	const struct layout_field *field; /* NULL: padding */
	unsigned stride, count;		  /* of an array; otherwise 0 */
	bool has_value;
	uint32_t value;	 /* of a scalar */
	const char *why; /* of padding: its purpose */
};

struct layout_map {
	enum layout_map_id id;
	uint64_t mmap_offset; /* IORING_OFF_*; undefined if given */
	bool given;	      /* memory of the application, NO_MMAP */
	uint64_t bytes;
	unsigned first, n; /* its parts, in memory order and without gaps */
};

#define LAYOUT_MAX_MAPS	 3
#define LAYOUT_MAX_PARTS 40

struct layout {
	struct ring_params p;
	unsigned sqe_bytes, cqe_bytes;
	struct layout_map maps[LAYOUT_MAX_MAPS];
	unsigned n_maps;
	struct layout_part parts[LAYOUT_MAX_PARTS];
	unsigned n_parts;
};

/* Returns the part of a field and, in *map, its mapping; NULL if this ring has no such field. */
const struct layout_part *layout_find(const struct layout *l, enum layout_field_id id,
				      const struct layout_map **map);

/* Computes the layout from what a kernel returned or is predicted to return; only constants have values.
 * Returns -EPROTO if fields overlap or are outside their mapping, with their names in f. */
int layout_of_params(const struct ring_params *p, struct layout *l, struct fail *f);

/* The same for a mapped ring, with all current values. */
int layout_of_ring(const struct ring *r, struct layout *l, struct fail *f);

/*
 * ring_open() with an explanation on failure. Returns -EINVAL for flags or sizes that exclude each other;
 * -EOPNOTSUPP if this kernel lacks flags, with their names and first kernel in f; otherwise like
 * ring_open().
 */
int layout_open(struct kernel *k, unsigned entries, const struct ring_params *asked, struct ring *r,
		struct fail *f);

/* Compares observation and prediction. */
struct layout_verdict {
	struct kver kernel;		/* of the prediction; 0.0 if the release is unknown */
	const struct layout_form *form; /* predicted */
	const struct layout_form *seen; /* form of the header; NULL: not a known one */
	struct ring_params predicted;
	struct layout_difference diff[LAYOUT_MAX_DIFFERENCES];
	unsigned n_diff;
};

/* Predicts from the kernel's release or, if that is not readable, from the form of the header; features are
 * then not compared. Returns -EOPNOTSUPP with the reason in f if that kernel should have refused: it has
 * more features than its release. */
int layout_judge(struct kernel *k, unsigned entries, const struct ring_params *asked,
		 const struct ring_params *observed, struct layout_verdict *v, struct fail *f);

#endif
