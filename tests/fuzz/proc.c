/* SPDX-License-Identifier: MIT */
/* Small files of /proc and /sys: a byte selects the parser. */
#include <stdlib.h>

#include "bench/observe/cpus.h"
#include "bench/observe/usage.h"
#include "dump/foreign/maps.h"
#include "input.h"
#include "probe/device/interrupts.h"
#include "probe/device/mount.h"
#include "probe/feature/identity.h"
#include "probe/kernel/sysfs.h"
#include "probe/lib/base.h"

static void maps(char *text, size_t n)
{
	struct text t = { text, text + n };
	struct maps_row row;
	char shown[64];

	while (maps_next(&t, &row)) {
		EXPECT(row.end > row.start && row.name.at >= text && row.name.end <= text + n);
		text_copy(&row.name, shown, sizeof(shown));
	}
}

static void mounts(char *text, size_t n)
{
	struct mount m;

	(void)n;
	for (uint64_t id = 0; id < 4; id++)
		if (mount_parse(text, id, &m) == 0)
			EXPECT(memchr(m.source, '\0', sizeof(m.source)));
}

static void interrupts(char *text, size_t n)
{
	static const struct irq_source source = {
		.of = IRQS_DEVICE,
		.irqs = { 1, 36 },
		.n = 2,
		.names = { "virtio1" },
		.n_names = 1,
	};
	struct irqs irqs;

	(void)n;
	irqs_parse(text, &source, &irqs);
	EXPECT(irqs.known || !irqs.device);
}

static void machine(char *text, size_t n)
{
	struct cpu_ticks ticks;

	(void)n;
	cpu_ticks_parse(text, &ticks);
	usage_schedstat_ns(text);
}

static void release(char *text, size_t n)
{
	struct kver3 v;
	const char *end;

	if (kver3_parse(text, &v, &end) == 0)
		EXPECT(end > text && end <= text + n);
}

static void sysfs(char *text, size_t n)
{
	char out[16], copy[16];

	(void)n;
	sysfs_uevent_value(text, "DEVNAME", out, sizeof(out));
	sysfs_link_speed(text);
	sysfs_transport(text);
	if (sysfs_pci_address(text, copy, sizeof(copy)))
		EXPECT(strlen(copy) == 12);
	sysfs_active_word(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const readers[])(char *text, size_t n) = { maps,	  mounts,  interrupts,
								 machine, release, sysfs };
	struct input in = { data, data + n };
	unsigned choice = input_u8(&in) % ARRAY_SIZE(readers);
	size_t left = input_left(&in);
	char *text = input_text(&in);

	readers[choice](text, left);
	free(text);
	return 0;
}
