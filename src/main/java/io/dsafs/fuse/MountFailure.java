package io.dsafs.fuse;

/** A mount that could not be made; the message says why and what to do next. */
public final class MountFailure extends Exception {
  private static final long serialVersionUID = 1L;

  public MountFailure(String message) {
    super(message);
  }

  public MountFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
