/* SPDX-License-Identifier: MIT */
/* Which interrupts are counted, with texts of real machines. */
#include "tests/unit/unit.h"

#include <string.h>

#include "probe/device/interrupts.h"
#include "probe/lib/base.h"
#include "tests/unit/fake.h"

#define BLOCK  "/sys/class/block/"
#define PCI    "/sys/bus/pci/devices/"
#define REAL   "real path of " BLOCK
#define MSI(x) "names in " PCI x "/msi_irqs"
#define NVME0  "/sys/devices/pci0000:00/0000:00:04.0/nvme/nvme0"
#define NVME1  "/sys/devices/pci0000:00/0000:00:05.0/nvme/nvme1"

/* Two NVMe drives, one of them in a volume together with a virtio disk, and other devices. */
static const struct entry entries[] = {
	{ REAL "nvme0n1", NVME0 "/nvme0n1" },
	{ REAL "nvme1n1", NVME1 "/nvme1n1" },
	{ REAL "nvme1n1p2", NVME1 "/nvme1n1/nvme1n1p2" },
	{ MSI("0000:00:04.0"), "32 30 31" },
	{ MSI("0000:00:05.0"), "40 41" },
	{ REAL "vda", "/sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda" },
	{ REAL "dm-0", "/sys/devices/virtual/block/dm-0" },
	{ "names in " BLOCK "dm-0/slaves", "nvme1n1p2 vda" },
	{ REAL "loop0", "/sys/devices/virtual/block/loop0" },
	{ REAL "sda", "/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/"
		      "block/sda" },
	{ PCI "0000:00:1f.2/irq", "19\n" },
	{ REAL "mmcblk0", "/sys/devices/platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:0001/block/"
			  "mmcblk0" },
	{ REAL "nvme2n1", "/sys/devices/virtual/nvme-fabrics/ctl/nvme2/nvme2n1" },
	{ REAL "nvme3n1", "/sys/devices/virtual/nvme-subsystem/nvme-subsys3/nvme3n1" },
	{ "names in /sys/devices/virtual/nvme-subsystem/nvme-subsys3",
	  "model nvme0 nvme1 nvme3n1 nvme9x serial" },
	{ "real path of /sys/class/nvme/nvme0", NVME0 },
	{ "real path of /sys/class/nvme/nvme1", NVME1 },
};

/* CPU 1 is offline. */
static const char before[] =
	"           CPU0       CPU2       CPU3\n"
	"  1:          0          9          0   IO-APIC   1-edge      i8042\n"
	" 19:          5          0          0   IO-APIC  19-fasteoi   ahci[0000:00:1f.2]\n"
	" 30:          0         20          0   PCI-MSI 65536-edge      nvme0q0\n"
	" 31:        100          0          0   PCI-MSI 65537-edge      nvme0q1\n"
	" 32:          0        200          0   PCI-MSI 65538-edge      nvme0q2\n"
	" 36:          0          0     300000   PCI-MSIX-0000:00:02.0   1-edge      "
	"virtio1-req.0\n"
	" 37:          0          0          7   PCI-MSIX-0000:00:03.0   1-edge      "
	"virtio10-input.0\n"
	" 40:          1          0          0   PCI-MSI 81920-edge      nvme1q0\n"
	" 41:          0          0        400   PCI-MSI 81921-edge      nvme1q1\n"
	"LOC:     305060     311168     311168   Local timer interrupts\n"
	"ERR:          0\n";
static const char after[] =
	"           CPU0       CPU2       CPU3\n"
	"  1:          0         10          0   IO-APIC   1-edge      i8042\n"
	" 19:          9          0          0   IO-APIC  19-fasteoi   ahci[0000:00:1f.2]\n"
	" 30:          0         21          0   PCI-MSI 65536-edge      nvme0q0\n"
	" 31:       1100          0          0   PCI-MSI 65537-edge      nvme0q1\n"
	" 32:          0        700          0   PCI-MSI 65538-edge      nvme0q2\n"
	" 36:          0          0     300064   PCI-MSIX-0000:00:02.0   1-edge      "
	"virtio1-req.0\n"
	" 37:          0          0       1007   PCI-MSIX-0000:00:03.0   1-edge      "
	"virtio10-input.0\n"
	" 40:          1          0          0   PCI-MSI 81920-edge      nvme1q0\n"
	" 41:          0          0       8400   PCI-MSI 81921-edge      nvme1q1\n"
	"LOC:     405060     411168     411168   Local timer interrupts\n"
	"ERR:          0\n";

/* The interrupts that a run on CPU 2 counts for this disk. */
static int64_t counted(const char *disk, enum irqs_of of)
{
	struct fake fake = fake_of(entries, ARRAY_SIZE(entries));
	const struct entry files[] = { { "/proc/interrupts", before },
				       { "/proc/interrupts", after } };
	struct irq_source source;
	struct irqs from, to;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(2, &cpus);
	irq_source_of(&fake.k, disk, &source);
	assert_int_equal(source.of, of);
	fake = fake_of(&files[0], 1);
	irqs_read(&fake.k, &source, &from);
	fake = fake_of(&files[1], 1);
	irqs_read(&fake.k, &source, &to);
	return irqs_since(&source, &from, &to, &cpus);
}

static void two_drives_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(counted("nvme0n1", IRQS_DEVICE), 1501);
	assert_int_equal(counted("nvme1n1", IRQS_DEVICE), 8000);
	assert_int_equal(counted("vda", IRQS_DEVICE), 64);
}

static void a_volume_has_those_of_all_below(void **state)
{
	(void)state;
	assert_int_equal(counted("dm-0", IRQS_DEVICE), 8064);
	/* For a namespace with two paths, those of both. */
	assert_int_equal(counted("nvme3n1", IRQS_DEVICE), 9501);
}

static void one_line_for_all(void **state)
{
	(void)state;
	assert_int_equal(counted("sda", IRQS_DEVICE), 4);
}

static void what_has_none_has_none(void **state)
{
	(void)state;
	assert_int_equal(counted("loop0", IRQS_NONE), -1);
}

static void what_is_not_told_apart_is_counted_by_cpu(void **state)
{
	(void)state;
	assert_int_equal(counted("mmcblk0", IRQS_CPUS), 502);
	assert_int_equal(counted("nvme2n1", IRQS_CPUS), 502);
	assert_int_equal(counted("gone", IRQS_CPUS), 502);
}

static void what_cannot_be_read_is_not_known(void **state)
{
	const struct irq_source source = { .of = IRQS_CPUS };
	struct fake none = fake_of(NULL, 0);
	struct irqs from, to;
	cpu_set_t cpus;

	(void)state;
	CPU_ZERO(&cpus);
	irqs_read(&none.k, &source, &from);
	irqs_parse(after, &source, &to);
	assert_true(to.known);
	assert_int_equal(irqs_since(&source, &from, &to, &cpus), -1);
	irqs_parse("1: 2 3\n", &source, &to);
	assert_false(to.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_drives_are_told_apart),
		cmocka_unit_test(a_volume_has_those_of_all_below),
		cmocka_unit_test(one_line_for_all),
		cmocka_unit_test(what_has_none_has_none),
		cmocka_unit_test(what_is_not_told_apart_is_counted_by_cpu),
		cmocka_unit_test(what_cannot_be_read_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
