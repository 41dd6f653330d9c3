/* SPDX-License-Identifier: MIT */
/* Shared by the trials on a target. Private to probe/target*.c. */
#ifndef PROBE_TARGET_TRIAL_H
#define PROBE_TARGET_TRIAL_H

#include <liburing.h>

#include "probe/device/unpolled.h"
#include "target.h"

/* Twice the largest block that a device may have. */
#define TRIAL_BYTES (128u << 10)

/* Result of stat(2). */
struct numbers {
	uint32_t mode, dev[2], rdev[2];
	uint64_t dev_inode;
};

struct device_number {
	uint32_t rdev[2];
};

/* Properties of the opened target. */
struct opened {
	uint64_t bytes, data_at;
	int32_t direct_err;
	bool empty, has_mount;
	struct mount mount;
};

/* Requirements for direct I/O. */
struct direct_found {
	struct alignment align;
	int32_t read; /* bytes, or -errno */
};

/* A target during its trials. In a replay nothing is opened and no trial runs. */
struct open_target {
	struct kernel *k;
	const struct access *access;
	struct target_report *t;
	int fd, direct;	  /* both for reading, the second with O_DIRECT; -1 */
	int peer;	  /* the other end of a socket; -1 */
	int direct_err;	  /* why the second could not be opened */
	uint64_t data_at; /* first offset with data */
	bool empty;	  /* the file has no data */
	char *buf;	  /* TRIAL_BYTES, page-aligned */
	bool hung;	  /* a request did not complete: no more requests are made */
	bool has_features;
	uint64_t ublk_features; /* as reported by the driver */
};

/* One trial: fills the answers, the evidence and the reason of f, whose row is set. Returns false if the row
 * does not apply to this target. */
typedef bool (*target_trial)(struct open_target *s, struct target_fact *f);

struct target_row {
	struct uapi_row row;
	unsigned types; /* 1 << enum target_type of applicable types */
	bool ringless;	/* needs no ring */
	target_trial trial;
};

/* Rows in the order of the report. */
extern const struct target_row target_read_rows[], target_cmd_rows[];
extern const unsigned n_target_read_rows, n_target_cmd_rows;

/* One request on its own ring. prep fills *sqe, which is zeroed, and may register resources; on failure it
 * returns a negative errno after trial_note(). look, which may be NULL, adds a note about the result. */
struct trial_request {
	struct open_target *s;
	unsigned setup;
	int (*prep)(struct trial_request *t, struct io_uring *ring, struct io_uring_sqe *sqe,
		    struct attempt *out);
	void (*look)(struct trial_request *t, struct attempt *out);
	bool direct, fixed_buf, fixed_file;
	unsigned rw_flags, cmd_op;
};

/* Makes the attempt through struct kernel, with a label for this target. */
void trial_attempt(struct open_target *s, const char *label, struct trial_request *t,
		   struct attempt *out);
/* Queries a struct of that form in the same way. Returns 0, or a negative errno. */
int trial_inquire(struct open_target *s, const char *label, inquire_fn fn, void *arg,
		  const struct form *form, void *out);
void trial_note(struct attempt *out, int err, const char *step);

/* If a was refused, says so in f (permitted: no), with evidence, and returns true. */
bool trial_refused(struct target_fact *f, const char *what, const struct attempt *a);

/* Sets all three answers, and why with a format. */
void fact_decide(struct target_fact *f, enum answer known, enum answer permitted, enum answer works,
		 const char *why, ...) __attribute__((format(printf, 5, 6)));

/* Adds an attempt as evidence. */
void fact_attempt(struct target_fact *f, const char *what, const struct attempt *a);

/* Returns what is known about a target on which IOPOLL does not poll. */
struct unpolled trial_unpolled(const struct target_report *t);

#endif
