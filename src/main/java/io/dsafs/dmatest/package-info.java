/**
 * A replica of the kernel's test client for DMA engines, the module dmatest as of Linux 5.7: the
 * one user of the driver's kernel queues that a shell can reach, through {@code
 * /sys/module/dmatest/parameters}.
 *
 * <p>Start with {@link io.dsafs.dmatest.Dmatest}: the table of parameters, and how tests are added,
 * started and stopped. {@code TestThread} is one thread's tests. Kept out: how a copy reaches the
 * device. The tests have a channel of the DMA engine framework and addresses in the kernel's
 * memory.
 *
 * <p>Threads: each test thread is one of Java's. Locks: {@code Dmatest.lock} is held while tests
 * are added, started and stopped, and while a stop waits for the threads, which never take it;
 * nothing of the driver's is held meanwhile. Waiting for the end of a run holds nothing.
 */
package io.dsafs.dmatest;
