/* SPDX-License-Identifier: MIT */
/*
 * What a kernel is expected to answer to io_uring_setup(), from its version: the forms that struct
 * io_rings has had, and the arithmetic of rings_size(). It is compared with what a kernel did
 * answer, or shown in place of a kernel that is not at hand; it never stands in for an answer.
 *
 * Cache lines are taken to have 64 bytes, as on x86-64 and arm64. For the sources see form.def.
 */
#ifndef DUMP_ABI_PREDICT_H
#define DUMP_ABI_PREDICT_H

#include "probe/uapi/uapi.h"

struct fail;

/* A form of the ring headers. */
struct layout_form {
	const char *name;
	struct kver since; /* the first kernel that has it */
	struct kver until; /* the first that no longer has it, 0.0: none yet */
	const char *about;
	bool single;		   /* both rings in one mapping */
	uint32_t max_entries;	   /* of the SQ; the CQ may have twice as many */
	struct ring_sq_offsets sq; /* array is 0 where it follows the CQEs */
	struct ring_cq_offsets cq;
};

extern const struct layout_form layout_forms[];
extern const unsigned n_layout_forms;

/* The newest kernel that the tables know. */
extern const struct kver layout_newest;

/* The form of a kernel, NULL before 5.1. */
const struct layout_form *layout_form_of(struct kver v);

/* The newest form with these header offsets, or NULL: none that is known. */
const struct layout_form *layout_form_match(const struct ring_params *p);

/* "6.1" or "6.12.8-whatever". -EINVAL. */
int kver_parse(const char *text, struct kver *v);

static inline bool kver_before(struct kver a, struct kver b)
{
	return a.major != b.major ? a.major < b.major : a.minor < b.minor;
}

/* Whether flags and sizes can go together, on a kernel that knows all flags. -EINVAL with the
 * reason in f. max_entries is of the SQ. */
int layout_check(unsigned entries, const struct ring_params *asked, uint32_t max_entries,
		 struct fail *f);

/* What kernel v answers. -EINVAL as above; -EOPNOTSUPP: v lacks a flag that is asked for, f names
 * it and its first kernel. */
int layout_predict(struct kver v, unsigned entries, const struct ring_params *asked,
		   struct ring_params *out, struct fail *f);

/* Features that the stable release of this name ("5.10.223") has beyond those of its first release, which is
 * what layout_predict() knows. In *from, unless NULL, the patch level that brought them to the branch, 0: none
 * is known. */
uint32_t layout_stable_features(const char *release, unsigned *from);

/* Where the index array lies that follows the CQEs: rings_size() of the kernel, which with CQE32
 * doubles header and CQEs alike. */
uint32_t layout_array_offset(const struct ring_params *p);

/* From 5.4 on rings_size() told as the place of the array where it ends, until b36200f543ff ("io_uring: fix sq
 * array offset calculation") in 5.9. Moves the array of a stable release of this name ("5.8.2") that has the
 * mend to its place. */
void layout_stable_array(const char *release, struct ring_params *p);

/* The array lies past its place, as above. */
bool layout_array_is_past(const struct ring_params *p);

/* A value in which prediction and observation differ. */
struct layout_difference {
	const char *name; /* "sq_off.array" */
	uint32_t predicted, observed;
};

#define LAYOUT_MAX_DIFFERENCES 20

/* Compares what decides the layout, and the features. Returns how many differences there are. */
unsigned layout_compare(const struct ring_params *predicted, const struct ring_params *observed,
			struct layout_difference diff[static LAYOUT_MAX_DIFFERENCES]);

#endif
