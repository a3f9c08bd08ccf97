package io.dsafs.spec;

/**
 * An entry of MSIXPERM, who may use a vector; entries are {@link #STRIDE_BYTES} apart. Source:
 * hardware reference section 2.9; {@code union msix_perm}.
 */
public final class MsixPerm {
  public static final Layout MSIXPERM =
      Layout.layout("MSIXPERM", 32)
          .reserved(0, 1)
          .readWrite()
          .flag(2, "ignore")
          .flag(3, "pasid_en")
          .reserved(4, 11)
          .field(12, 20, "pasid")
          .build();

  public static final int STRIDE_BYTES = 8;
  public static final Field IGNORE = MSIXPERM.field("ignore");
  public static final Field PASID_EN = MSIXPERM.field("pasid_en");
  public static final Field PASID = MSIXPERM.field("pasid");

  private MsixPerm() {}
}
