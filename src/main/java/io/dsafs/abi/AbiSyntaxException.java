package io.dsafs.abi;

/** A document, or a field of one, that cannot be read; the message says where and why. */
public final class AbiSyntaxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public AbiSyntaxException(String message) {
    super(message);
  }
}
