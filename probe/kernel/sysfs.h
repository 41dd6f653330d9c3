/* SPDX-License-Identifier: MIT */
/* Reads and parses sysfs. */
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

/* Reads a file without leading and trailing white space; "" if it does not exist or cannot be read. */
void sysfs_text(struct kernel *k, char *out, size_t size, const char *path, ...)
	__attribute__((format(printf, 4, 5)));

/* Reads a number from a file; less if there is none. */
int64_t sysfs_number(struct kernel *k, int64_t less, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

/* Resolves all symbolic links of a path. Returns -errno. */
int sysfs_real(struct kernel *k, const char *path, char out[static PATH_MAX]);

/* Lists the names in a directory, sorted, without hidden ones; names beyond SYSFS_MAX_NAMES are dropped.
 * Empty if it cannot be read. */
void sysfs_list(struct kernel *k, const char *path, struct sysfs_names *out);

/* Lists all names; the caller frees *out. Returns their number, -errno, or -ENOBUFS for a directory with
 * many thousands. */
int sysfs_list_all(struct kernel *k, const char *path, char (**out)[SYSFS_NAME]);

/* Extracts the word in brackets: "none [mq-deadline] kyber" becomes "mq-deadline". Text without brackets is
 * unchanged. */
void sysfs_active_word(char *text);

/* Parses "8.0 GT/s PCIe" as 8000 MT/s; 0 for "Unknown" and everything else. */
unsigned sysfs_link_speed(const char *text);

/* Extracts the last PCI address in the path of a device:
 * "/sys/devices/pci0000:00/0000:00:01.0/virtio0/block/vda". Returns false if there is none. */
bool sysfs_pci_address(const char *path, char *out, size_t size);

/* The transport of the device of such a path: "usb", "sata", "virtio", ...; "" if unknown. For an NVMe
 * controller read its transport attribute instead. */
const char *sysfs_transport(const char *path);

/* The value of "KEY=value" in a uevent file; "" if the key is missing. */
void sysfs_uevent_value(const char *text, const char *key, char *out, size_t size);

#endif
