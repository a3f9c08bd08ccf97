/**
 * The device: configuration space, registers, portals, work queues, engines.
 *
 * <p>Start with {@link io.dsafs.hw.Endpoint}, the only way in: whatever a driver does to the device
 * goes through it, as over a bus. What the operations do is in {@code hw.op}. Kept out: everything
 * that a driver decides. The device answers in registers, completion records and interrupts.
 */
package io.dsafs.hw;
