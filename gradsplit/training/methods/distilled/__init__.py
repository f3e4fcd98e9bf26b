"""Methods in which networks of single tasks teach a shared one."""
