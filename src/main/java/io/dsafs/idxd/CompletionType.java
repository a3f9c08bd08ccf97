package io.dsafs.idxd;

/** Why a descriptor is completed. Mirrors enum idxd_complete_type. */
enum CompletionType {
  /** Its completion record says so. */
  NORMAL,
  /** The device is being taken away. */
  ABORT,
  /** The device could not reach its completion record. */
  DEV_FAIL
}
