/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <sys/utsname.h>

#include "probe/lib/base.h"

void machine_here(struct machine *m)
{
	struct utsname u = { 0 };

	uname(&u);
	*m = (struct machine){
		.cpus = sysconf(_SC_NPROCESSORS_ONLN),
		.page_size = sysconf(_SC_PAGESIZE),
		.big_endian = HERE_BIG_ENDIAN,
	};
	snprintf(m->hostname, sizeof(m->hostname), "%s", u.nodename);
	snprintf(m->kernel, sizeof(m->kernel), "%s", u.release);
	snprintf(m->arch, sizeof(m->arch), "%s", u.machine);
}
