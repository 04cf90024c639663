"""Limits of the training process, set by itself before it loads anything.

A cron worker of Odoo hands its own limits down to its children: an address space of 2.5 GiB, CPU seconds counted for
a web request, a blocked SIGXCPU.  None of them is right for a training, so they are replaced here.
"""

import os
import resource
import signal

MIB = 2**20


def apply(limits):
    """Replace the inherited limits.

    :param limits: mapping with ``memory_mib`` (address space), ``cpu_seconds`` and ``nice``, each optional.
    """
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGXCPU})
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    _set(resource.RLIMIT_AS, limits.get("memory_mib", 0) * MIB)
    _set(resource.RLIMIT_CPU, limits.get("cpu_seconds", 0))
    _set(resource.RLIMIT_CORE, 0, keep_unlimited=False)
    if limits.get("nice"):
        os.nice(limits["nice"])


def _set(kind, wanted, keep_unlimited=True):
    """Set a soft limit as near to ``wanted`` as the hard limit allows; 0 means as much as the hard limit allows."""
    _soft, hard = resource.getrlimit(kind)
    if keep_unlimited and not wanted:
        wanted = hard
    if hard != resource.RLIM_INFINITY and wanted > hard:
        wanted = hard
    resource.setrlimit(kind, (wanted, hard))
