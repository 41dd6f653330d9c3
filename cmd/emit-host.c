/* SPDX-License-Identifier: MIT */
#include "emit-host.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "out.h"

void emit_host(struct out *o)
{
	struct utsname u = { 0 };

	uname(&u);
	out_obj(o, "host", NULL);
	out_str(o, "hostname", NULL, u.nodename);
	out_str(o, "kernel", NULL, u.release);
	out_str(o, "machine", NULL, u.machine);
	out_u64(o, "cpus", NULL, sysconf(_SC_NPROCESSORS_ONLN), OUT_PLAIN);
	out_end(o);
}
