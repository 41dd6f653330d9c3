/* SPDX-License-Identifier: MIT */
/*
 * Predicts the result of io_uring_setup() from a kernel version: the forms that struct io_rings has had, and
 * the computation of rings_size(). It is compared with what a kernel returned, or shown for a kernel that is
 * not running; it never replaces a result.
 *
 * Assumes cache lines of 64 bytes, as on x86-64 and arm64. For the sources see form.def.
 */
#ifndef DUMP_ABI_PREDICT_H
#define DUMP_ABI_PREDICT_H

#include "probe/uapi/uapi.h"

struct fail;

/* A form of the ring headers. */
struct layout_form {
	const char *name;
	struct kver since; /* the first kernel that has it */
	struct kver until; /* the first that no longer has it; 0.0: none yet */
	const char *about;
	bool single;		   /* both rings in one mapping */
	uint32_t max_entries;	   /* of the SQ; the CQ may have twice as many */
	struct ring_sq_offsets sq; /* array is 0 if it follows the CQEs */
	struct ring_cq_offsets cq;
};

extern const struct layout_form layout_forms[];
extern const unsigned n_layout_forms;

/* Newest kernel in the tables. */
extern const struct kver layout_newest;

/* Returns the form of a kernel, NULL before 5.1. */
const struct layout_form *layout_form_of(struct kver v);

/* Returns the newest form with these header offsets, or NULL. */
const struct layout_form *layout_form_match(const struct ring_params *p);

/* Parses "6.1" or "6.12.8-whatever". Returns -EINVAL on failure. */
int kver_parse(const char *text, struct kver *v);

static inline bool kver_before(struct kver a, struct kver b)
{
	return a.major != b.major ? a.major < b.major : a.minor < b.minor;
}

/* Checks whether flags and sizes are compatible, on a kernel that knows all flags. Returns -EINVAL with the
 * reason in f. max_entries is for the SQ. */
int layout_check(unsigned entries, const struct ring_params *asked, uint32_t max_entries,
		 struct fail *f);

/* Predicts what kernel v returns. Returns -EINVAL as above; -EOPNOTSUPP if v lacks a requested flag, with
 * the flag and its first kernel in f. */
int layout_predict(struct kver v, unsigned entries, const struct ring_params *asked,
		   struct ring_params *out, struct fail *f);

/* Returns the features that a stable release ("5.10.223") has beyond the first release of its branch, which
 * is what layout_predict() knows. *from, unless NULL, is set to the patch level that added them; 0: none. */
uint32_t layout_stable_features(const char *release, unsigned *from);

/* Returns the offset of the index array after the CQEs, as rings_size() of the kernel computes it: with
 * CQE32 it doubles header and CQEs. */
uint32_t layout_array_offset(const struct ring_params *p);

/* From 5.4 until b36200f543ff ("io_uring: fix sq array offset calculation") in 5.9, rings_size() returned
 * the end of the array as its offset. Corrects the array offset for a stable release ("5.8.2") that has the
 * fix. */
void layout_stable_array(const char *release, struct ring_params *p);

/* Whether the array offset has that bug. */
bool layout_array_is_past(const struct ring_params *p);

/* A value that differs between prediction and observation. */
struct layout_difference {
	const char *name; /* "sq_off.array" */
	uint32_t predicted, observed;
};

#define LAYOUT_MAX_DIFFERENCES 20

/* Compares the values that determine the layout, and the features. Returns the number of differences. */
unsigned layout_compare(const struct ring_params *predicted, const struct ring_params *observed,
			struct layout_difference diff[static LAYOUT_MAX_DIFFERENCES]);

#endif
