/* SPDX-License-Identifier: MIT */
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "bench/job/job.h"
#include "metrics.h"
#include "probe/lib/base.h"
#include "probe/lib/json.h"
#include "probe/lib/suggest.h"

/* Options of fio that this program has too, with their names here and fio's defaults. */
static const struct {
	const char *fio, *own, *def;
} shared_options[] = {
	{ "rw", "rw", "read" },
	{ "bs", "bs", "4k" },
	{ "bssplit", "bssplit", NULL },
	{ "rwmixread", "rwmixread", NULL },
	{ "iodepth", "iodepth", "1" },
	{ "numjobs", "numjobs", "1" },
	{ "direct", "direct", "0" },
	{ "size", "size", NULL },
	{ "offset", "offset", NULL },
	{ "io_size", "io-limit", NULL },
	{ "runtime", "runtime", NULL },
	{ "ramp_time", "ramp", NULL },
	{ "fsync", "fsync", NULL },
	{ "fdatasync", "fdatasync", NULL },
	{ "fixedbufs", "fixedbufs", NULL },
	{ "registerfiles", "registerfiles", NULL },
	{ "sqthread_poll", "sqpoll", NULL },
	{ "hipri", "iopoll", NULL },
	{ "force_async", "async", NULL },
};

/* Options for names or for the output. */
static const char *const ignored_options[] = {
	"name",
	"description",
	"directory",
	"output",
	"output-format",
	"stonewall",
	"group_reporting",
	"filename",
	"minimal",
	"clat_percentiles",
	"lat_percentiles",
	"slat_percentiles",
	"percentile_list",
	"status-interval",
};

/* The number of I/Os with a latency. */
struct bin {
	double ns, count;
};

/* The sum of the jobs that ran together, in one direction or in all. */
struct sum {
	double iops, bw, ios, lat_sum, lat_n;
	struct bin *bins;
	size_t n_bins;
	bool no_bins;	   /* one of them had none */
	const cJSON *told; /* percentiles, while there is but one of them */
	unsigned n_told;
};

static double or_zero(double v)
{
	return isnan(v) ? 0 : v;
}

static int add_bins(struct sum *s, const cJSON *bins)
{
	size_t n = cJSON_GetArraySize(bins);
	const cJSON *bin;
	struct bin *grown;

	s->no_bins |= !n;
	grown = reallocarray(s->bins, s->n_bins + n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->bins = grown;
	cJSON_ArrayForEach(bin, bins) s->bins[s->n_bins++] =
		(struct bin){ strtod(bin->string, NULL), or_zero(bin->valuedouble) };
	return 0;
}

static int add_direction(struct sum *s, const cJSON *dir)
{
	const cJSON *lat = json_member(dir, "clat_ns");
	double n = or_zero(json_number(lat, "N"));

	s->ios += or_zero(json_number(dir, "total_ios"));
	s->iops += or_zero(json_number(dir, "iops"));
	s->bw += or_zero(json_number(dir, "bw_bytes"));
	if (!(n > 0))
		return 0;
	s->lat_n += n;
	s->lat_sum += n * or_zero(json_number(lat, "mean"));
	s->told = json_member(lat, "percentile");
	s->n_told++;
	return add_bins(s, json_member(lat, "bins"));
}

static int ascending(const void *a, const void *b)
{
	const struct bin *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

static double percentile(const struct sum *s, double share)
{
	double below = 0;
	char key[24];

	/* No I/O is slower than this percentile. */
	if (s->lat_n * (1 - share) < 1)
		return NAN;
	if (!s->no_bins && s->n_bins) {
		for (size_t i = 0; i < s->n_bins; i++) {
			below += s->bins[i].count;
			if (below >= share * s->lat_n)
				return s->bins[i].ns;
		}
		return NAN;
	}
	snprintf(key, sizeof(key), "%.6f", 100 * share);
	return s->n_told == 1 ? json_number(s->told, key) : NAN;
}

static void take_sum(struct sum *s, double value[METRICS])
{
	if (!(s->ios > 0))
		return;
	value[METRIC_IOPS] = s->iops;
	value[METRIC_BW] = s->bw;
	if (!(s->lat_n > 0))
		return;
	qsort(s->bins, s->n_bins, sizeof(*s->bins), ascending);
	value[METRIC_LAT_MEAN] = s->lat_sum / s->lat_n;
	for (unsigned m = 0; m < METRICS; m++)
		if (quantities[m].share)
			value[m] = percentile(s, quantities[m].share);
}

static bool is_chosen(const cJSON *job, const char *name)
{
	const char *is = cJSON_GetStringValue(json_member(job, "jobname"));

	return is && (!name || !strcmp(is, name));
}

/* All entries with one name ran together: they are clones of one job. */
static int choose_name(const cJSON *jobs, const char **name, struct fail *f)
{
	_cleanup_str_ struct str all = { 0 };
	struct suggestion near = { 0 };
	const char *first = NULL;
	bool several = false, found = false;
	const cJSON *job;

	cJSON_ArrayForEach(job, jobs)
	{
		const char *is = cJSON_GetStringValue(json_member(job, "jobname"));

		if (!is)
			return fail_as(f, FAIL_USAGE, -EINVAL, "key 'jobname': missing");
		found |= *name && !strcmp(is, *name);
		if (*name)
			suggest(&near, *name, is);
		several |= first && strcmp(is, first);
		if (!first || strcmp(is, first))
			str_addf(&all, "%s%s", first ? ", " : "", is);
		first = first ? first : is;
	}
	if (!first)
		return fail_as(f, FAIL_USAGE, -EINVAL, "key 'jobs': empty");
	if (*name && !found)
		return fail_as(f, FAIL_USAGE, -EINVAL, "no job '%s', but: %s%s", *name,
			       str_text(&all), suggest_text(&near, ""));
	if (!*name && several)
		return fail_as(f, FAIL_USAGE, -EINVAL,
			       "several jobs: %s; choose one with --fio-job", str_text(&all));
	*name = *name ? *name : first;
	return 0;
}

/* An option as bench would echo it, where it has it; else as it is. */
static int add_option(struct saved_run *o, const char *name, const char *value)
{
	for (unsigned i = 0; i < ARRAY_SIZE(shared_options); i++) {
		const struct opt *k;
		_cleanup_str_ struct str key = { 0 };
		char text[32];
		struct job job;

		if (strcmp(shared_options[i].fio, name))
			continue;
		name = shared_options[i].own;
		k = opt_find(job_opt_rows, n_job_opt_rows, name);
		/* A flag without a value. */
		if (!*value)
			value = "1";
		if (k->type == OPT_STR || k->type == OPT_WORD)
			return saved_run_trait(o, TRAIT_JOB, name,
					       strcmp(value, "readwrite") ? value : "rw");
		opt_key(&key, k);
		if (k->type == OPT_BOOL || k->type == OPT_UINT_OPTIONAL)
			value = strcmp(value, "0") ? "true" : "false";
		else if (opt_set(k, &job, value, NULL) == 0) {
			snprintf(text, sizeof(text), "%llu", (unsigned long long)opt_u64(k, &job));
			value = text;
		}
		return key.err ? key.err : saved_run_trait(o, TRAIT_JOB, str_text(&key), value);
	}
	return saved_run_trait(o, TRAIT_JOB, name, value);
}

static int add_options(struct saved_run *o, const cJSON *options, const cJSON *over)
{
	const cJSON *option;
	int r = 0;

	cJSON_ArrayForEach(option, options)
	{
		const char *value = cJSON_GetStringValue(option);
		bool ignored = !value || (over && json_member(over, option->string));

		for (unsigned i = 0; i < ARRAY_SIZE(ignored_options); i++)
			ignored |= !strcmp(option->string, ignored_options[i]);
		if (r == 0 && !ignored)
			r = add_option(o, option->string, value);
	}
	return r;
}

static int add_defaults(struct saved_run *o, const cJSON *options, const cJSON *global)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < ARRAY_SIZE(shared_options); i++) {
		const char *name = shared_options[i].fio;

		if (shared_options[i].def && !json_member(options, name) &&
		    !json_member(global, name))
			r = add_option(o, name, shared_options[i].def);
	}
	return r;
}

static int read_traits(const cJSON *tree, const cJSON *job, struct saved_run *o)
{
	const cJSON *options = json_member(job, "job options"),
		    *global = json_member(tree, "global options");
	const cJSON *disk =
		json_member(cJSON_GetArrayItem(json_member(tree, "disk_util"), 0), "name");
	const cJSON *file = json_member(options, "filename");
	int r = saved_run_trait(o, TRAIT_TOOL, "name", "fio");

	if (!file)
		file = json_member(global, "filename");
	if (r == 0)
		r = add_options(o, options, NULL);
	if (r == 0)
		r = add_options(o, global, options);
	if (r == 0)
		r = add_defaults(o, options, global);
	if (r == 0 && cJSON_IsString(disk))
		r = saved_run_trait(o, TRAIT_DEVICE, "disk", disk->valuestring);
	if (r == 0 && cJSON_IsString(file) && !strncmp(file->valuestring, "/dev/", 5))
		r = saved_run_trait(o, TRAIT_DEVICE, "filename", file->valuestring);
	return r;
}

/* The CPU time of the submission thread is missing in fio's output. */
static bool hides_cpu(const struct saved_run *o)
{
	for (size_t i = 0; i < o->n_traits; i++)
		if (!strcmp(o->traits[i].name, "sqpoll") && !strcmp(o->traits[i].value, "true"))
			return true;
	return false;
}

static int sum_up(const cJSON *jobs, const char *name, struct sum sums[PARTS], double *cpu_ns,
		  struct saved_run *o)
{
	const cJSON *job;
	int r = 0;

	cJSON_ArrayForEach(job, jobs)
	{
		const cJSON *told = json_member(job, "error");
		int error = cJSON_IsNumber(told) ? told->valueint : 0;
		double percent = json_number(job, "usr_cpu") + json_number(job, "sys_cpu");

		if (!is_chosen(job, name))
			continue;
		for (unsigned kind = 0; r == 0 && kind < IO_SYNC; kind++) {
			const cJSON *dir = json_member(job, io_kind_names[kind]);

			r = add_direction(&sums[kind], dir);
			if (r == 0)
				r = add_direction(&sums[PART_TOTAL], dir);
		}
		*cpu_ns += percent / 100 * json_number(job, "job_runtime") * 1e6;
		if (error && !*o->why)
			snprintf(o->why, sizeof(o->why), "fio ended with error %d (%s)", error,
				 strerror(error));
	}
	return r;
}

int saved_run_read_fio(const struct cJSON *tree, const char *name, struct saved_run *o,
		       struct fail *f)
{
	struct sum sums[PARTS] = { 0 };
	const cJSON *jobs, *job;
	double cpu_ns = 0;
	const char *text;
	int r = json_get_str(tree, "fio version", &text, f);

	if (r == 0)
		r = json_get_arr(tree, "jobs", &jobs, f);
	if (r == 0)
		r = choose_name(jobs, &name, f);
	if (r < 0)
		return r;
	snprintf(o->version, sizeof(o->version), "%s", text);
	o->fio = true;
	cJSON_ArrayForEach(job, jobs) if (is_chosen(job, name)) break;
	r = sum_up(jobs, name, sums, &cpu_ns, o);
	if (r == 0)
		r = read_traits(tree, job, o);
	if (r == 0 && !hides_cpu(o) && sums[PART_TOTAL].ios > 0)
		o->value[PART_TOTAL][METRIC_CPU] = cpu_ns / sums[PART_TOTAL].ios;
	for (unsigned part = 0; part < PARTS; part++) {
		if (r == 0)
			take_sum(&sums[part], o->value[part]);
		free(sums[part].bins);
	}
	if (r < 0)
		return saved_run_told(r, f);
	if (!*o->why && !(sums[PART_TOTAL].ios > 0))
		snprintf(o->why, sizeof(o->why), "it has no I/O");
	o->trusted = !*o->why;
	return 0;
}
