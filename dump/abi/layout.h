/* SPDX-License-Identifier: MIT */
/*
 * How the memory of one ring is laid out: every byte of every mapping belongs to a part, which is a
 * field, an array or padding. The offsets come from what the kernel returned, the values from the
 * memory; nothing is taken from a formula but what is said to be predicted.
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
	unsigned stride, count;		  /* of an array; else 0 */
	bool has_value;
	uint32_t value;	 /* of a scalar */
	const char *why; /* of padding: what it is there for */
};

struct layout_map {
	enum layout_map_id id;
	uint64_t mmap_offset; /* IORING_OFF_*; meaningless when given */
	bool given;	      /* memory of the application, NO_MMAP */
	uint64_t bytes;
	unsigned first, n; /* its parts, in memory order and without a gap */
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

/* The part that holds a field and, in *map, its mapping; NULL when this ring has no such field. */
const struct layout_part *layout_find(const struct layout *l, enum layout_field_id id,
				      const struct layout_map **map);

/* From what a kernel answered or is predicted to; only constants have a value. -EPROTO when fields
 * overlap or lie outside their mapping, f names them. */
int layout_of_params(const struct ring_params *p, struct layout *l, struct fail *f);

/* The same of a ring that is mapped, with all values as they are now. */
int layout_of_ring(const struct ring *r, struct layout *l, struct fail *f);

/*
 * ring_open() that tells why it was refused. -EINVAL: flags or sizes that cannot go together;
 * -EOPNOTSUPP: this kernel lacks flags, f names them and their first kernel. Else as ring_open().
 */
int layout_open(struct kernel *k, unsigned entries, const struct ring_params *asked, struct ring *r,
		struct fail *f);

/* Observation against prediction. */
struct layout_verdict {
	struct kver kernel;		/* predicted for; 0.0 when its release is not known */
	const struct layout_form *form; /* predicted */
	const struct layout_form *seen; /* that the header has; NULL: none that is known */
	struct ring_params predicted;
	struct layout_difference diff[LAYOUT_MAX_DIFFERENCES];
	unsigned n_diff;
};

/* Predicts by the kernel's release or, when that cannot be read, by the form of the header; then
 * nothing is said about features. -EOPNOTSUPP when that kernel should have refused, with the reason
 * in f: it has more than its release says. */
int layout_judge(struct kernel *k, unsigned entries, const struct ring_params *asked,
		 const struct ring_params *observed, struct layout_verdict *v, struct fail *f);

#endif
