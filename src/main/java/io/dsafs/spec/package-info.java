/**
 * The DSA specification as data: registers, fields, operations, codes, descriptor and record
 * layouts; and what an IAA, which has the same registers, has of its own (names with {@code Iax}).
 *
 * <p>Start with {@link io.dsafs.spec.Layout} (how bits are declared and what is checked when a
 * layout is built), then {@link io.dsafs.spec.Bar0}, the list of all registers. Register names are
 * those of the Intel Data Streaming Accelerator Architecture Specification (order number 341204),
 * field names those of the kernel's {@code registers.h} where it has one. "Hardware reference" in a
 * source line is the project's reference of the hardware's behaviour. Kept out: behaviour; what a
 * write sets off is in {@code hw}.
 *
 * <p>Threads: everything here is immutable.
 */
package io.dsafs.spec;
