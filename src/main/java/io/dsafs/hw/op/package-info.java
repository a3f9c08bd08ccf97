/**
 * What the operations do to memory, one class per family, and the table of what a descriptor of
 * each may contain.
 *
 * <p>Start with {@link io.dsafs.hw.op.Work} (a descriptor on its way through an engine) and {@link
 * io.dsafs.hw.op.OperationTable}, of which there is one for each kind of device. Kept out: queues,
 * completion records, batches and everything else about when and for whom an operation runs; that
 * is {@code hw}.
 *
 * <p>Threads: operations have no state; all of it is in the work, which belongs to one engine.
 * Nothing here takes a lock.
 */
package io.dsafs.hw.op;
