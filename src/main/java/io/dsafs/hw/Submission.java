package io.dsafs.hw;

/**
 * Whence a descriptor came that an engine has: queue, place in it, portal, and in whose name. One
 * object serves one descriptor after the other.
 */
final class Submission {
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
}
