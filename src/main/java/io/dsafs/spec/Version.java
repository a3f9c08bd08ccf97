package io.dsafs.spec;

/** VERSION, the version of the architecture. Source: hardware reference section 2.4. */
public final class Version {
  public static final Register VERSION =
      new Register(
          0x00,
          Layout.layout("VERSION", 32)
              .readOnly()
              .field(0, 8, "minor")
              .field(8, 8, "major")
              .reserved(16, 31)
              .build());

  public static final Field MINOR = VERSION.field("minor");
  public static final Field MAJOR = VERSION.field("major");

  private Version() {}
}
