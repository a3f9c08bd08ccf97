/**
 * The driver of current Linux (6.19): the profile {@code mainline}.
 *
 * <p>Start with {@link io.dsafs.idxd.mainline.MainlineProfile}. Here are the bus, on which drivers
 * match by the kind of object, the drivers {@code idxd}, {@code user}, {@code dmaengine} and the
 * compatibility driver {@code dsa}, the tables of attributes, and the sequences of probe, enabling,
 * disabling and opening; the parts they are made of are in {@link io.dsafs.idxd}.
 *
 * <p>Locks besides those of {@link io.dsafs.idxd}: an event log is served under the monitor of its
 * {@code EventService}, also while a record is copied to its owner. Who closes a file waits for
 * that with the wq lock held and no other.
 *
 * <p>Numbers of sections in comments are those of the mainline reference.
 */
package io.dsafs.idxd.mainline;
