/* SPDX-License-Identifier: MIT */
#include "interrupts.h"

#include <ctype.h>
#include <string.h>

#include "probe/lib/base.h"

#define FIRST_BYTES (64u << 10)
#define MOST_BYTES  (64u << 20)

const char *const irqs_of_words[] = {
	[IRQS_NONE] = NULL,
	[IRQS_DEVICE] = "device",
	[IRQS_CPUS] = "cpus",
};

/* If there are too many, all interrupts are counted. */
static void add_irq(unsigned irq, struct irq_source *s)
{
	if (s->n < IRQ_MAX)
		s->irqs[s->n++] = irq;
	else
		s->of = IRQS_CPUS;
}

/* Adds the message-signalled interrupts, or otherwise the interrupt line. */
static void add_pci(struct kernel *k, const char *address, struct irq_source *s)
{
	_cleanup_free_ char(*names)[SYSFS_NAME] = NULL;
	char path[96];
	int64_t line;
	int n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/msi_irqs", address);
	n = sysfs_list_all(k, path, &names);
	for (int i = 0; i < n; i++)
		add_irq(strtoul(names[i], NULL, 10), s);
	if (n > 0)
		return;
	line = sysfs_number(k, 0, "/sys/bus/pci/devices/%s/irq", address);
	if (line > 0)
		add_irq(line, s);
	else
		s->of = IRQS_CPUS;
}

/* ".../virtio1/block/vda": the interrupts of its queues are named after it, with PCI and without. */
static bool add_virtio(const char *path, struct irq_source *s)
{
	for (const char *at = path; (at = strstr(at, "/virtio")); at++) {
		size_t len = strcspn(at + 1, "/");

		if (!isdigit((unsigned char)at[7]) || len >= SYSFS_NAME ||
		    s->n_names == IRQ_MAX_NAMES)
			continue;
		snprintf(s->names[s->n_names++], SYSFS_NAME, "%.*s", (int)len, at + 1);
		return true;
	}
	return false;
}

static void add_path(struct kernel *k, const char *path, struct irq_source *s)
{
	char address[16];

	if (add_virtio(path, s))
		return;
	if (sysfs_pci_address(path, address, sizeof(address)))
		add_pci(k, address, s);
	/* Devices made of memory or of other devices have none; controllers behind a network do. */
	else if (!strstr(path, "/virtual/") || strstr(path, "/nvme-fabrics/"))
		s->of = IRQS_CPUS;
}

/* The head of a multipath namespace is in the same directory as its controllers. */
static void add_controllers(struct kernel *k, char *path, struct irq_source *s)
{
	struct sysfs_names names;

	*strrchr(path, '/') = '\0';
	sysfs_list(k, path, &names);
	for (unsigned i = 0; i < names.n; i++) {
		char link[SYSFS_NAME + 32], real[PATH_MAX];
		int number, end = 0;

		if (sscanf(names.name[i], "nvme%d%n", &number, &end) != 1 || names.name[i][end])
			continue;
		snprintf(link, sizeof(link), "/sys/class/nvme/%s", names.name[i]);
		if (sysfs_real(k, link, real) == 0)
			add_path(k, real, s);
	}
}

static int by_number(const void *a, const void *b)
{
	const unsigned *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void irq_source_of(struct kernel *k, const char *disk, struct irq_source *out)
{
	struct stack stack;

	*out = (struct irq_source){ .of = IRQS_NONE };
	stack_of(k, disk, &stack);
	if (stack.n == STACK_MAX)
		out->of = IRQS_CPUS;
	for (unsigned i = 0; i < stack.n; i++) {
		char link[SYSFS_NAME + 32], path[PATH_MAX];

		snprintf(link, sizeof(link), "/sys/class/block/%s", stack.layers[i].name);
		if (sysfs_real(k, link, path) < 0)
			out->of = IRQS_CPUS;
		else if (strstr(path, "/nvme-subsystem/"))
			add_controllers(k, path, out);
		else
			add_path(k, path, out);
	}
	qsort(out->irqs, out->n, sizeof(out->irqs[0]), by_number);
	if (out->of == IRQS_NONE && (out->n || out->n_names))
		out->of = IRQS_DEVICE;
}

/* Reads the CPUs of the columns: those that are online. */
static unsigned read_header(const char *line, unsigned cpus[static CPU_SETSIZE])
{
	unsigned n = 0, cpu;
	int used = 0;

	for (; n < CPU_SETSIZE && sscanf(line, " CPU%u%n", &cpu, &used) == 1; line += used)
		cpus[n++] = cpu;
	return n;
}

/* Whether the line, which ends with the users of the interrupt, has one of the names. */
static bool is_named(const char *line, const struct irq_source *s)
{
	static const char between[] = " \t,\n";

	while (*(line += strspn(line, between))) {
		size_t len = strcspn(line, between);

		for (unsigned i = 0; i < s->n_names; i++) {
			size_t n = strlen(s->names[i]);

			if (len >= n && !strncmp(line, s->names[i], n) &&
			    (len == n || line[n] == '-'))
				return true;
		}
		line += len;
	}
	return false;
}

/* "36:   0   331988   PCI-MSIX-0000:00:02.0   1-edge   virtio1-req.0": only lines that begin with a number
 * belong to devices. */
static void count_line(const char *line, const struct irq_source *s, const unsigned *cpus,
		       unsigned n, struct irqs *out)
{
	const unsigned irq = strtoul(line, NULL, 10);
	uint64_t sum = 0;

	line += strspn(line, " ");
	if (!isdigit((unsigned char)*line) || line[strspn(line, "0123456789")] != ':')
		return;
	line += strcspn(line, ":") + 1;
	for (unsigned i = 0; i < n; i++) {
		char *end;
		unsigned long long v = strtoull(line, &end, 10);

		if (end == line)
			break;
		line = end;
		sum += v;
		if (cpus[i] < CPU_SETSIZE)
			out->cpu[cpus[i]] += v;
	}
	if (bsearch(&irq, s->irqs, s->n, sizeof(irq), by_number) || is_named(line, s))
		out->device += sum;
}

void irqs_parse(const char *text, const struct irq_source *s, struct irqs *out)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line = strsep(&rest, "\n");
	unsigned cpus[CPU_SETSIZE], n;

	*out = (struct irqs){ 0 };
	n = copy ? read_header(line, cpus) : 0;
	out->known = n > 0;
	while (n && (line = strsep(&rest, "\n")))
		count_line(line, s, cpus, n, out);
}

void irqs_read(struct kernel *k, const struct irq_source *s, struct irqs *out)
{
	*out = (struct irqs){ 0 };
	for (size_t size = FIRST_BYTES; s->of != IRQS_NONE && size <= MOST_BYTES; size *= 2) {
		_cleanup_free_ char *text = malloc(size);
		ssize_t n = text ? k->read_file(k, "/proc/interrupts", text, size) : -ENOMEM;

		if (n < 0)
			return;
		if ((size_t)n == size - 1)
			continue;
		irqs_parse(text, s, out);
		return;
	}
}

int64_t irqs_since(const struct irq_source *s, const struct irqs *from, const struct irqs *to,
		   const cpu_set_t *cpus)
{
	uint64_t sum = 0;

	if (s->of == IRQS_NONE || !from->known || !to->known)
		return -1;
	if (s->of == IRQS_DEVICE)
		return growth(from->device, to->device);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, cpus))
			sum += growth(from->cpu[cpu], to->cpu[cpu]);
	return sum;
}
