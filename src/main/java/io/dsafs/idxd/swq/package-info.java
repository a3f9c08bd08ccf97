/**
 * The driver as it was with shared work queues (v1, 30 March 2020): the profile {@code swq-v1}.
 *
 * <p>Start with {@link io.dsafs.idxd.swq.SwqProfile}. Here are the rules of its bus, its one driver
 * {@code dsa}, the tables of attributes, and the sequences of probe, binding and opening; the parts
 * they are made of are in {@link io.dsafs.idxd}.
 *
 * <p>Where the posted code is wrong the driver does the sensible thing or copies the fault, as the
 * reference says for each; a comment names the entry (14.x).
 */
package io.dsafs.idxd.swq;
