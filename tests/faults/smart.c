/* SPDX-License-Identifier: MIT */
/* smart /dev/nvmeX: the drive's own counters of host reads and writes; NVM Express Base Specification, SMART
 * / Health Information (log page 02h). */
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define GET_LOG_PAGE 0x02
#define SMART_LOG    0x02

int main(int argc, char **argv)
{
	unsigned char log[512] = { 0 };
	struct nvme_admin_cmd cmd = {
		.opcode = GET_LOG_PAGE,
		.nsid = 0xffffffff,
		.addr = (uintptr_t)log,
		.data_len = sizeof(log),
		.cdw10 = SMART_LOG | (sizeof(log) / 4 - 1) << 16,
	};
	uint64_t reads, writes;
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;

	if (fd < 0 || ioctl(fd, NVME_IOCTL_ADMIN_CMD, &cmd) != 0) {
		perror("smart");
		return 1;
	}
	memcpy(&reads, log + 64, sizeof(reads));
	memcpy(&writes, log + 80, sizeof(writes));
	printf("%llu %llu\n", (unsigned long long)reads, (unsigned long long)writes);
	return 0;
}
