package io.dsafs.fuse;

import jnr.ffi.Pointer;
import jnr.ffi.mapper.FromNativeConverter;
import jnr.ffi.provider.jffi.ClosureHelper;
import ru.serce.jnrfuse.FuseFillDir;

/** Makes libfuse's fuse_fill_dir_t callable. */
final class Fillers {
  private static final FromNativeConverter<FuseFillDir, Pointer> CONVERTER =
      ClosureHelper.getInstance().getNativeConveter(FuseFillDir.class);

  private Fillers() {}

  static FuseFillDir of(Pointer function) {
    return CONVERTER.fromNative(function, ClosureHelper.getInstance().getFromNativeContext());
  }
}
