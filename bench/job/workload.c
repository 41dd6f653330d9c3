/* SPDX-License-Identifier: MIT */
#include "workload.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "probe/lib/base.h"
#include "probe/lib/suggest.h"

#define ROUNDS 4

const char *const io_kind_names[IO_KINDS] = {
	[IO_READ] = "read",
	[IO_WRITE] = "write",
	[IO_TRIM] = "trim",
	[IO_SYNC] = "sync",
};

uint64_t permute(const struct permutation *p, uint64_t i)
{
	const uint64_t mask = (1ull << p->half_bits) - 1;

	do {
		uint64_t left = i >> p->half_bits, right = i & mask;

		for (unsigned round = 0; round < ROUNDS; round++) {
			uint64_t state = p->key ^ right ^ (uint64_t)round << 56;
			uint64_t mixed = left ^ (random_next(&state) & mask);

			left = right;
			right = mixed;
		}
		i = left << p->half_bits | right;
	} while (i >= p->n);
	return i;
}

static struct permutation permutation_of(uint64_t n, uint64_t key)
{
	struct permutation p = { .n = n, .key = key, .half_bits = 1 };

	while (p.half_bits < 31 && 1ull << 2 * p.half_bits < n)
		p.half_bits++;
	return p;
}

/* The integral of x^-theta and its inverse, in a form that is also valid for theta 1. */
static double zipf_h(const struct zipf *z, double x)
{
	double l = log(x), t = (1 - z->theta) * l;

	return fabs(t) > 1e-8 ? expm1(t) / (1 - z->theta) : l * (1 + t / 2);
}

static double zipf_h_inverse(const struct zipf *z, double x)
{
	double t = x * (1 - z->theta);

	if (t < -1)
		t = -1;
	return exp(fabs(t) > 1e-8 ? log1p(t) / (1 - z->theta) : x * (1 - t / 2));
}

void zipf_init(struct zipf *z, uint64_t n, double theta)
{
	*z = (struct zipf){ .n = n, .theta = theta };
	z->x0 = zipf_h(z, n + 0.5);
	z->span = zipf_h(z, 1.5) - 1 - z->x0;
	z->s = 2 - zipf_h_inverse(z, zipf_h(z, 2.5) - pow(2, -theta));
}

uint64_t zipf_next(const struct zipf *z, uint64_t *rng)
{
	for (;;) {
		double u = z->x0 + (random_next(rng) >> 11) * 0x1p-53 * z->span;
		double x = zipf_h_inverse(z, u), k = floor(x + 0.5);

		k = k < 1 ? 1 : k > z->n ? z->n : k;
		if (k - x <= z->s || u >= zipf_h(z, k + 0.5) - pow(k, -z->theta))
			return k;
	}
}

static const struct opt one_size = {
	.name = "bs", .type = OPT_SIZE, .min = 512, .max = 64ull << 20
};

static int bad_split(const struct job *job, struct fail *f)
{
	return fail_as(f, FAIL_USAGE, -EINVAL,
		       "bssplit: '%s' is not a list such as 4k/70:64k/30 of at most %u sizes whose "
		       "shares make 100",
		       job->bssplit, IO_MAX_SIZES);
}

static int parse_split(const struct job *job, struct io_sizes *sizes, struct fail *f)
{
	static const struct opt share = {
		.name = "bssplit", .type = OPT_UINT, .min = 1, .max = 100
	};
	_cleanup_free_ char *text = strdup(job->bssplit);
	uint64_t sum = 0, bytes, percent;
	char *rest = text, *item;

	if (!text)
		return fail_set(f, -ENOMEM, "out of memory");
	while ((item = strsep(&rest, ":"))) {
		char *slash = strchr(item, '/');

		if (!slash || sizes->n == IO_MAX_SIZES)
			return bad_split(job, f);
		*slash = '\0';
		if (opt_set(&one_size, &bytes, item, NULL) < 0 ||
		    opt_set(&share, &percent, slash + 1, NULL) < 0)
			return bad_split(job, f);
		sum += percent;
		if (sum > 100)
			return bad_split(job, f);
		sizes->bytes[sizes->n] = bytes;
		sizes->below[sizes->n++] = sum * (UINT64_MAX / 100);
	}
	return sum == 100 ? 0 : bad_split(job, f);
}

static int parse_range(const struct job *job, struct io_sizes *sizes, struct fail *f)
{
	_cleanup_free_ char *text = strdup(job->bsrange);
	uint64_t first, last;
	char *dash;

	if (!text)
		return fail_set(f, -ENOMEM, "out of memory");
	dash = strchr(text, '-');
	if (dash)
		*dash = '\0';
	if (!dash || opt_set(&one_size, &first, text, NULL) < 0 ||
	    opt_set(&one_size, &last, dash + 1, NULL) < 0 || last < first || last % first)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "bsrange: '%s' is not a range such as 4k-64k whose end is a "
			       "multiple of its start",
			       job->bsrange);
	sizes->min = first;
	sizes->max = last;
	sizes->steps = last / first;
	return 0;
}

/* Parses "zipf" or "zipf:1.2", likewise for others; *value keeps its default without one. */
static bool with_number(const char *text, const char *word, double least, double most,
			double *value)
{
	const size_t n = strlen(word);
	char *end;

	if (strncmp(text, word, n) || (text[n] && text[n] != ':'))
		return false;
	if (!text[n])
		return true;
	*value = strtod(text + n + 1, &end);
	return end != text + n + 1 && !*end && *value >= least && *value <= most;
}

static int parse_order(const struct job *job, enum io_order *order, double *parameter,
		       struct fail *f)
{
	static const char *const words[] = { "uniform", "once", "zipf", "sprandom" };
	const char *word = job->random;
	struct suggestion near = { 0 };
	double theta = 1.1, op = SPRANDOM_OP;

	if (!job_random(job)) {
		*order = ORDER_SEQUENTIAL;
	} else if (!strcmp(word, "uniform")) {
		*order = ORDER_UNIFORM;
	} else if (!strcmp(word, "once")) {
		*order = ORDER_ONCE;
	} else if (with_number(word, "zipf", DBL_MIN, 10, &theta)) {
		*order = ORDER_ZIPF;
		*parameter = theta;
	} else if (with_number(word, "sprandom", SPRANDOM_MIN_OP, SPRANDOM_MAX_OP, &op)) {
		*order = ORDER_SPRANDOM;
		*parameter = op;
	} else {
		if (!strchr(word, ':'))
			suggest_among(&near, word, words, ARRAY_SIZE(words));
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "random: '%s' is none of uniform, once, zipf, zipf:THETA (up to "
			       "10), sprandom, sprandom:OP (0.01 to 1)%s",
			       word, suggest_text(&near, ""));
	}
	return 0;
}

int io_parse(const struct job *job, struct io_sizes *sizes_out, enum io_order *order_out,
	     double *parameter_out, struct fail *f)
{
	struct io_sizes sizes = { .min = UINT32_MAX };
	enum io_order order = ORDER_SEQUENTIAL;
	double parameter = 0;
	int r = 0;

	if (job->bssplit) {
		r = parse_split(job, &sizes, f);
	} else if (job->bsrange) {
		r = parse_range(job, &sizes, f);
	} else {
		sizes.n = 1;
		sizes.bytes[0] = job->bs;
	}
	if (r == 0)
		r = parse_order(job, &order, &parameter, f);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < sizes.n; i++) {
		sizes.min = sizes.bytes[i] < sizes.min ? sizes.bytes[i] : sizes.min;
		sizes.max = sizes.bytes[i] > sizes.max ? sizes.bytes[i] : sizes.max;
	}
	for (unsigned i = 0; i < sizes.n; i++)
		if (sizes.bytes[i] % sizes.min)
			return fail_as(f, FAIL_USAGE, -EINVAL,
				       "bssplit: %u is not a multiple of the smallest size",
				       sizes.bytes[i]);
	if (sizes_out)
		*sizes_out = sizes;
	if (order_out)
		*order_out = order;
	if (parameter_out)
		*parameter_out = parameter;
	return 0;
}

int io_rate_parse(const struct job *job, struct io_rate *out, struct fail *f)
{
	struct io_rate rate = { 0 };
	char *end;

	if (job->rate) {
		rate.per_s = strtod(job->rate, &end);
		if (*end == 'k' || *end == 'm')
			rate.per_s *= *end++ == 'k' ? 1e3 : 1e6;
		rate.poisson = !strcmp(end, ",poisson");
		rate.closed = !strcmp(end, ",closed");
		if (!(rate.per_s >= 1 && rate.per_s <= 1e9) ||
		    (*end && !rate.poisson && !rate.closed))
			return fail_as(f, FAIL_USAGE, -EINVAL,
				       "rate: '%s' is not like 50k, 50k,poisson or 50k,closed",
				       job->rate);
	}
	*out = rate;
	return 0;
}

void io_plan_init(struct io_plan *p, const struct job *job, unsigned index, uint64_t base,
		  uint64_t bytes)
{
	double parameter = 0;

	*p = (struct io_plan){
		.only = job_trims(job)	  ? IO_TRIM
			: job_writes(job) ? IO_WRITE
					  : IO_READ,
		.mixed = job_mixed(job),
		.read_below = job->rwmixread * (UINT64_MAX / 100),
		.rng = random_seed(job->seed, index),
		.base = base,
		.bytes = bytes,
		.stride = job->numjobs,
		.sync_every = job->fsync ? job->fsync : job->fdatasync,
	};
	p->until_sync = p->sync_every ? p->sync_every : UINT64_MAX;
	io_parse(job, &p->sizes, &p->order, &parameter, NULL);
	p->granules = bytes / p->sizes.min;
	p->scatter = permutation_of(p->granules, random_seed(job->seed, UINT32_MAX));
	/* Sequential workers start at different offsets, so that they do not hit each other's cache. */
	p->at = p->order == ORDER_ONCE || p->order == ORDER_SPRANDOM
			? index
			: p->granules / job->numjobs * index * p->sizes.min;
	if (p->order == ORDER_ZIPF)
		zipf_init(&p->zipf, p->granules, parameter);
	if (p->order == ORDER_SPRANDOM)
		sprandom_init(&p->sprandom, p->granules, parameter);
	if (job->verify_only) {
		p->order = ORDER_PASS;
		p->until_sync = 0;
		p->at = index;
	}
}

uint64_t io_pass_ios(const struct io_plan *p)
{
	uint64_t ios = (p->bytes + p->sizes.max - 1) / p->sizes.max;

	if (p->order != ORDER_PASS)
		return UINT64_MAX;
	return p->at < ios ? (ios - p->at + p->stride - 1) / p->stride : 0;
}

void io_next_special(struct io_plan *p, struct io *io)
{
	uint64_t at = p->at * p->sizes.max, left = p->bytes - at;

	if (p->order != ORDER_PASS) {
		p->until_sync = p->sync_every;
		*io = (struct io){ .kind = IO_SYNC };
		return;
	}
	*io = (struct io){ p->base + at, left < p->sizes.max ? left : p->sizes.max, IO_READ };
	p->at += p->stride;
}

void io_plan_skip(struct io_plan *p, uint64_t bytes)
{
	const uint64_t whole = p->granules * p->sizes.min;

	if (p->order == ORDER_SEQUENTIAL && whole)
		p->at = (p->at + bytes % whole) / p->sizes.min * p->sizes.min % whole;
}

uint64_t io_far_granule(struct io_plan *p)
{
	const bool sprandom = p->order == ORDER_SPRANDOM;
	const uint64_t pass = sprandom ? p->sprandom.total : p->granules;
	uint64_t i = p->at;

	if (p->order == ORDER_ZIPF)
		return permute(&p->scatter, zipf_next(&p->zipf, &p->rng) - 1);
	p->at += p->stride;
	if (i >= pass) {
		/* A new pass, in another order. */
		i %= pass;
		p->at = i + p->stride;
		p->scatter.key = random_next(&p->scatter.key);
	}
	return permute(&p->scatter, sprandom ? sprandom_block(&p->sprandom, i) : i);
}
