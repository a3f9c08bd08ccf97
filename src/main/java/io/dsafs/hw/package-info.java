/**
 * The device: configuration space, registers, portals, work queues, engines.
 *
 * <p>Start with {@link io.dsafs.hw.Endpoint}, the only way in for a driver: whatever it does to the
 * device goes through it, as over a bus. {@link io.dsafs.hw.DsaDevice} wires the units; {@code
 * Registers} lists the registers of a device and {@code Bank} is where side effects hang on their
 * fields. What the operations do is in {@code hw.op}. Kept out: everything that a driver decides.
 * The device answers in registers, completion records and interrupts. What can be made to fail on
 * demand is listed in {@link io.dsafs.hw.FaultInjection}.
 *
 * <p>Threads: one lock for each device, held only for short bookkeeping: registers, queues,
 * arbiters, commands. Memory is read and written, and interrupts are sent, without it. Events for
 * the event log take turns by a second lock, which is taken before the first. An engine is run by
 * one thread at a time, either the one that submitted, when that has answered ({@link
 * io.dsafs.hw.AfterAnswer}), or a thread of its own.
 */
package io.dsafs.hw;
