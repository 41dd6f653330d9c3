/* SPDX-License-Identifier: MIT */
/* sysfs through the seam, and what its texts mean. */
#ifndef PROBE_KERNEL_SYSFS_H
#define PROBE_KERNEL_SYSFS_H

#include <linux/limits.h>
#include <stdint.h>

#include "kernel.h"

#define SYSFS_MAX_NAMES 32
#define SYSFS_NAME	64

struct sysfs_names {
	char name[SYSFS_MAX_NAMES][SYSFS_NAME];
	unsigned n;
};

/* What the file at the path holds, without the white space around it; "" when there is none, or it
 * cannot be read. */
void sysfs_text(struct kernel *k, char *out, size_t size, const char *path, ...)
	__attribute__((format(printf, 4, 5)));

/* The number in the file; less when there is none. */
int64_t sysfs_number(struct kernel *k, int64_t less, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

/* Where a path leads once all its links are followed: an absolute path. -errno. */
int sysfs_real(struct kernel *k, const char *path, char out[static PATH_MAX]);

/* The names in a folder, sorted, without the hidden ones; past SYSFS_MAX_NAMES they are dropped. None
 * when it cannot be read. */
void sysfs_list(struct kernel *k, const char *path, struct sysfs_names *out);

/* All of them, for the caller to free; how many. -errno; -ENOBUFS for a folder of many thousands. */
int sysfs_list_all(struct kernel *k, const char *path, char (**out)[SYSFS_NAME]);

/* "none [mq-deadline] kyber" becomes "mq-deadline": the active one stands in brackets. What has none
 * stays as it is. */
void sysfs_active_word(char *text);

/* "8.0 GT/s PCIe" is 8000 MT/s; 0 for "Unknown" and everything else. */
unsigned sysfs_link_speed(const char *text);

/* "/sys/devices/pci0000:00/0000:00:01.0/virtio0/block/vda": the last PCI address in the path of a
 * device. False when there is none. */
bool sysfs_pci_address(const char *path, char *out, size_t size);

/* How the device of such a path is attached: "usb", "sata", "virtio", …; "" unknown. An NVMe
 * controller says so itself. */
const char *sysfs_transport(const char *path);

/* The value of "KEY=value" in a uevent file; "" when it lacks the key. */
void sysfs_uevent_value(const char *text, const char *key, char *out, size_t size);

#endif
