package io.dsafs.spec;

/**
 * What went wrong when an IAA ends with {@link Status#ANALYTICS_ERROR}; those that compression and
 * decompression can meet. Source: names and numbers of the query processing library.
 */
public enum IaxError {
  /** A code of the code lengths that has no meaning. */
  UNDEFINED_CL_CODE(2),
  /** The first code length of literals repeats one before it. */
  FIRST_LL_CODE_16(3),
  FIRST_D_CODE_16(4),
  /** No literal has a code. */
  NO_LL_CODE(5),
  WRONG_NUM_LL_CODES(6),
  WRONG_NUM_DIST_CODES(7),
  /** More codes of a length than there are numbers. */
  BAD_CL_CODE_LEN(8),
  BAD_LL_CODE_LEN(9),
  BAD_DIST_CODE_LEN(10),
  BAD_LL_CODE(11),
  BAD_D_CODE(12),
  INVALID_BLOCK_TYPE(13),
  INVALID_STORED_LEN(14),
  /** The input ends without the end of a block that was asked for. */
  BAD_EOF(15),
  /** A distance beyond the 4 KiB of history. */
  BAD_DIST(17),
  REF_BEFORE_START(18),
  /** The state in source 2 is not one to start from. */
  AECS_ERROR(22),
  /** The output has no room, and there is no state to go on from. */
  UNRECOVERABLE_OUTPUT_OVERFLOW(25),
  /** A token that the tables in source 2 have no code for. */
  INVALID_HUFFCODE(30),
  TOO_MANY_LL_CODES(35),
  TOO_MANY_D_CODES(36);

  private final int code;

  IaxError(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
