/**
 * System calls of the host that Java has no words for: the memory of another process, mount points.
 *
 * <p>Start with {@link io.dsafs.host.ProcessMemories} (which process a thread belongs to) and
 * {@link io.dsafs.host.Mounts} (what is mounted where). A process's memory is reached through files
 * below {@code /proc/PID} that the kernel keeps tied to its address space (adr/0004), in two ways:
 * with the kernel bringing in pages that are not present, or as far as they are ({@link
 * io.dsafs.host.Paging}). With {@code fuse} the only package that names JNR. Kept out: what the
 * memory is used for.
 *
 * <p>Threads: everything here may be called from any thread; scratch memory is kept per thread.
 */
package io.dsafs.host;
