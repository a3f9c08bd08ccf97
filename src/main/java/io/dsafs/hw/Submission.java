package io.dsafs.hw;

import java.util.function.BooleanSupplier;

/**
 * Whence a descriptor came that an engine has: queue, place in it, portal, and in whose name. One
 * object serves one descriptor after the other.
 */
final class Submission {
  /** Whether what the engine has of it has become void meanwhile. */
  final BooleanSupplier isVoid;

  Submission(BooleanSupplier isVoid) {
    this.isVoid = isVoid;
  }

  WorkQueue queue;
  QueueSettings settings;

  /** Counts the descriptors the queue has accepted. */
  long sequence;

  /** Whether interrupt handles index the interrupt message storage. */
  boolean imsPortal;

  boolean hasPasid;
  int pasid;
  boolean priv;

  /** The group's traffic classes. */
  int trafficClassA;

  int trafficClassB;

  /** Of a batch of which the event log tells: its number there; else {@link #NO_BATCH}. */
  int eventBatch;

  static final int NO_BATCH = -1;

  /** Whether the record of a member of the batch is in the event log. */
  boolean recordLogged;
}
