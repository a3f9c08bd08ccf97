package io.dsafs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.CharDevice;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.DeviceNumber;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.core.OpenFile;
import io.dsafs.vfs.FileTree;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import jnr.ffi.annotations.Delegate;
import jnr.ffi.provider.jffi.ClosureHelper;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import ru.serce.jnrfuse.struct.FuseOperations;

/** The operations as libfuse calls them: through the pointers of its table. */
class TreeOperationsTest {
  private static final int UID = 1000;
  private static final int GID = 1001;
  private static final int TID = 4711;

  private static final int O_RDWR = 2;

  private final DeviceModel model = new DeviceModel(new KernelLog(KernelLog.Level.INFO), true);
  private final FileTree tree = new FileTree(model);
  private final FakeLibFuse libFuse = new FakeLibFuse();
  private final HandleTable handles = new HandleTable();
  private final TreeOperations operations = new TreeOperations(tree, libFuse, handles, UID, GID);
  private final FuseOperations table = operations.table();

  private final Pointer stat = memory(144);
  private final Pointer fileInfo = memory(40);
  private final List<String> calls = new ArrayList<>();

  private static Pointer memory(int bytes) {
    return Memory.allocateDirect(FakeLibFuse.RUNTIME, bytes, true);
  }

  /**
   * Any function of the table: its arguments are integers and addresses, in registers one and all.
   * Public because JNR implements it in a class loader of its own.
   */
  public interface Operation {
    @Delegate
    int call(long first, long second, long third, long fourth, long fifth);
  }

  /** Calls a function of the table as native code does. */
  private int call(long offset, Object... arguments) {
    Pointer function = Struct.getMemory(table).getPointer(offset);
    assertThat(function).isNotNull();
    Operation operation =
        ClosureHelper.getInstance()
            .getNativeConveter(Operation.class)
            .fromNative(function, ClosureHelper.getInstance().getFromNativeContext());
    List<Pointer> strings = new ArrayList<>();
    long[] words = new long[5];
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i] instanceof Number number) {
        words[i] = number.longValue();
      } else if (arguments[i] instanceof String text) {
        Pointer string = memory(256);
        string.putString(0, text, 256, StandardCharsets.UTF_8);
        strings.add(string);
        words[i] = string.address();
      } else if (arguments[i] instanceof Pointer pointer) {
        words[i] = pointer.address();
      }
    }
    int answer = operation.call(words[0], words[1], words[2], words[3], words[4]);
    Reference.reachabilityFence(strings);
    return answer;
  }

  /** Runs a call on a thread that serves the request of {@link #TID}. */
  private static <T> T inRequest(Callable<T> call) throws Exception {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              FuseThread.current().request().putInt(32, TID);
              return call.call();
            });
    new FuseThread(FakeLibFuse.RUNTIME, 4096, task, "test").start();
    return task.get();
  }

  /** What a queue's node does. */
  private final class Queue implements OpenFile {
    Runnable waker;

    @Override
    public int poll(int tid, Runnable toWake) {
      calls.add(tid + " polls");
      waker = toWake;
      return POLL_READABLE;
    }

    @Override
    public void sync() throws ErrnoException {
      calls.add("sync");
      throw new ErrnoException(Errno.EINVAL);
    }

    @Override
    public void release() {
      calls.add("release");
    }
  }

  private final Queue queue = new Queue();

  /** Makes /dev/dsa/wq0.0. */
  @BeforeEach
  void addNode() throws ErrnoException {
    DeviceNumber number = new DeviceNumber(254, 0);
    CharDevice opens =
        (tid, flags) -> {
          calls.add(tid + " opens with " + flags);
          return queue;
        };
    model.charDevices().activate(number, opens);
    model.addDevice(
        new Device("dsa/wq0.0", null, null, null) {
          @Override
          public DeviceNumber number() {
            return number;
          }
        });
  }

  private int open(String path) throws Exception {
    fileInfo.putInt(0, O_RDWR);
    return inRequest(() -> call(table.open.offset(), path, fileInfo));
  }

  private int getattr(String path) {
    return call(table.getattr.offset(), path, stat);
  }

  @Nested
  class Getattr {
    // struct stat of x86-64
    private static final int NLINK = 16;
    private static final int MODE = 24;
    private static final int UID_AT = 28;
    private static final int GID_AT = 32;
    private static final int SIZE = 48;
    private static final int BLKSIZE = 56;

    @ParameterizedTest
    @CsvSource({
      "/, 040755, 4",
      "/dev/dsa/wq0.0, 0100600, 1",
      "/dev/char/254:0, 0120777, 1",
      "/dev/kmsg, 0100644, 1",
    })
    void tells_kind_permissions_links_and_owner(String path, String mode, int links) {
      assertThat(getattr(path)).isZero();

      assertThat(stat.getInt(MODE)).isEqualTo(Integer.parseInt(mode, 8));
      assertThat(stat.getLong(NLINK)).isEqualTo(links);
      assertThat(stat.getInt(UID_AT)).isEqualTo(UID);
      assertThat(stat.getInt(GID_AT)).isEqualTo(GID);
    }

    @Test
    void tells_size_block_and_the_time_of_the_mount() {
      model.log().print(KernelLog.Level.INFO, "line");

      assertThat(getattr("/dev/kmsg")).isZero();

      assertThat(stat.getLong(SIZE)).isEqualTo(model.log().size()).isPositive();
      assertThat(stat.getLong(BLKSIZE)).isEqualTo(4096);
      long now = System.currentTimeMillis() / 1000;
      for (int time : new int[] {72, 88, 104}) {
        assertThat(stat.getLong(time)).isBetween(now - 3600, now);
      }
    }

    @Test
    void tells_an_owner_that_was_given() throws ErrnoException {
      tree.lookup("/dev/dsa/wq0.0").setOwner(0, 7);
      assertThat(getattr("/dev/dsa/wq0.0")).isZero();
      assertThat(stat.getInt(UID_AT)).isZero();
      assertThat(stat.getInt(GID_AT)).isEqualTo(7);

      tree.lookup("/dev/dsa/wq0.0").setOwner(7, 0);
      assertThat(getattr("/dev/dsa/wq0.0")).isZero();
      assertThat(stat.getInt(UID_AT)).isEqualTo(7);
      assertThat(stat.getInt(GID_AT)).isZero();
    }

    @Test
    void lets_the_kernel_remember_the_name() throws ErrnoException {
      getattr("/dev/dsa/wq0.0");

      assertThat(tree.lookup("/dev/dsa/wq0.0").seen()).isTrue();
      assertThat(tree.lookup("/dev/kmsg").seen()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"/dev/none, 2", "/dev/kmsg/none, 20"})
    void refuses_what_is_not_there(String path, int errno) {
      assertThat(getattr(path)).isEqualTo(-errno);
    }
  }

  @Nested
  class Readlink {
    private final Pointer into = memory(64);

    private int readlink(String path, int size) {
      into.setMemory(0, 64, (byte) 'x');
      return call(table.readlink.offset(), path, into, size);
    }

    @Test
    void gives_the_target() {
      assertThat(readlink("/dev/char/254:0", 64)).isZero();

      assertThat(into.getString(0)).isEqualTo("../dsa/wq0.0");
    }

    @ParameterizedTest
    @CsvSource({"13, ../dsa/wq0.0", "12, ../dsa/wq0.", "4, ../"})
    void cuts_it_where_there_is_no_room_and_ends_it(int size, String target) {
      assertThat(readlink("/dev/char/254:0", size)).isZero();

      assertThat(into.getString(0)).isEqualTo(target);
      assertThat(into.getByte(size)).isEqualTo((byte) 'x');
    }

    @Test
    void of_no_link_is_EINVAL() {
      assertThat(readlink("/dev/kmsg", 64)).isEqualTo(-22);
    }
  }

  @Nested
  class Directories {
    private int opendir(String path) throws Exception {
      return inRequest(() -> call(table.opendir.offset(), path, fileInfo));
    }

    private int readdir(Pointer filler) {
      return call(table.readdir.offset(), "/dev", FakeLibFuse.pointer(0xb0f), filler, 0, fileInfo);
    }

    @Test
    void are_listed_with_themselves_and_their_parent() throws Exception {
      List<String> listed = new ArrayList<>();
      Filler filler =
          (buffer, name, attributes, offset) -> {
            listed.add(name);
            assertThat(buffer.address()).isEqualTo(0xb0f);
            assertThat(offset).isZero();
            return 0;
          };
      Pointer fill =
          FakeLibFuse.RUNTIME.getClosureManager().getClosurePointer(Filler.class, filler);

      assertThat(opendir("/dev")).isZero();
      assertThat(readdir(fill)).isZero();

      assertThat(listed).containsExactly(".", "..", "char", "dsa", "kmsg");
      int released = call(table.releasedir.offset(), "/dev", fileInfo);
      assertThat(released).isZero();
      assertThat(handles.get(0)).isNull();
    }

    @Test
    void have_numbers_of_their_own() throws Exception {
      assertThat(open("/dev/kmsg")).isZero();
      assertThat(opendir("/dev")).isZero();

      assertThat(fileInfo.getLong(24)).isEqualTo(1);
      assertThat(handles.get(1).node()).isSameAs(tree.lookup("/dev"));
    }

    @Test
    void that_are_not_there_are_ENOENT() throws Exception {
      assertThat(opendir("/none")).isEqualTo(-2);
    }
  }

  /** libfuse's fuse_fill_dir_t. Public because JNR makes a function of it. */
  public interface Filler {
    @Delegate
    int call(Pointer buffer, String name, Pointer attributes, long offset);
  }

  @Nested
  class Files {
    // struct fuse_file_info
    private static final int BITS = 20;
    private static final int HANDLE = 24;
    private static final int DIRECT_IO = 1;
    private static final int NON_SEEKABLE = 8;

    @Test
    void are_opened_for_the_thread_that_asks_and_cannot_be_sought_if_they_are_nodes()
        throws Exception {
      assertThat(open("/dev/dsa/wq0.0")).isZero();

      assertThat(calls).containsExactly(TID + " opens with " + O_RDWR);
      assertThat(fileInfo.getByte(BITS)).isEqualTo((byte) (DIRECT_IO | NON_SEEKABLE));
      HandleTable.Open entered = handles.get(fileInfo.getLong(HANDLE));
      assertThat(entered.tid()).isEqualTo(TID);
      assertThat(entered.node()).isSameAs(tree.lookup("/dev/dsa/wq0.0"));
    }

    @Test
    void have_numbers_of_their_own_and_can_be_sought_if_they_are_text() throws Exception {
      assertThat(open("/dev/dsa/wq0.0")).isZero();
      assertThat(open("/dev/kmsg")).isZero();

      assertThat(fileInfo.getLong(HANDLE)).isEqualTo(1);
      assertThat(fileInfo.getByte(BITS)).isEqualTo((byte) DIRECT_IO);
    }

    @Test
    void that_are_not_there_are_ENOENT() throws Exception {
      assertThat(open("/dev/dsa/wq0.1")).isEqualTo(-2);
      assertThat(handles.get(0)).isNull();
    }

    @Test
    void are_released_once() throws Exception {
      open("/dev/dsa/wq0.0");
      calls.clear();

      int released = call(table.release.offset(), "/dev/dsa/wq0.0", fileInfo);

      assertThat(released).isZero();
      assertThat(calls).containsExactly("release");
      assertThat(handles.get(0)).isNull();
      operations.releaseAll();
      assertThat(calls).containsExactly("release");
    }

    @Test
    void that_are_open_at_the_end_of_the_mount_are_released() throws Exception {
      open("/dev/dsa/wq0.0");
      open("/dev/dsa/wq0.0");
      calls.clear();

      operations.releaseAll();

      assertThat(calls).containsExactly("release", "release");
    }

    @Test
    void answer_fsync_as_they_like() throws Exception {
      open("/dev/dsa/wq0.0");
      calls.clear();

      int answer = call(table.fsync.offset(), "/dev/dsa/wq0.0", 0, fileInfo);
      assertThat(answer).isEqualTo(-22);
      assertThat(calls).containsExactly("sync");

      open("/dev/kmsg");
      answer = call(table.fsync.offset(), "/dev/kmsg", 0, fileInfo);
      assertThat(answer).isZero();
    }
  }

  @Nested
  class Poll {
    private final Pointer events = memory(4);

    private int poll(Pointer handle) throws Exception {
      return inRequest(() -> call(table.poll.offset(), "/dev/dsa/wq0.0", fileInfo, handle, events));
    }

    @BeforeEach
    void openQueue() throws Exception {
      open("/dev/dsa/wq0.0");
      calls.clear();
    }

    @Test
    void answers_what_the_file_says() throws Exception {
      assertThat(poll(null)).isZero();

      assertThat(events.getInt(0)).isEqualTo(OpenFile.POLL_READABLE);
      assertThat(calls).containsExactly(TID + " polls");
      assertThat(queue.waker).isNull();
    }

    @Test
    void wakes_who_waits() throws Exception {
      assertThat(poll(FakeLibFuse.pointer(0x70))).isZero();
      assertThat(libFuse.calls).isEmpty();

      queue.waker.run();

      assertThat(libFuse.calls).containsExactly("wake 112", "destroy 112");
    }

    @Test
    void forgets_who_waits_when_the_file_is_closed() throws Exception {
      poll(FakeLibFuse.pointer(0x70));

      operations.releaseAll();

      assertThat(libFuse.calls).containsExactly("destroy 112");
    }
  }

  @Test
  void a_number_that_is_nobody_s_is_EIO() throws Exception {
    fileInfo.putLong(24, 63);

    assertThat(call(table.release.offset(), "/dev/kmsg", fileInfo)).isEqualTo(-5);
    assertThat(call(table.fsync.offset(), "/dev/kmsg", 0, fileInfo)).isEqualTo(-5);
    assertThat(call(table.readdir.offset(), "/dev", null, null, 0, fileInfo)).isEqualTo(-5);
    int polled =
        inRequest(
            () -> call(table.poll.offset(), "/dev/kmsg", fileInfo, null, FakeLibFuse.pointer(1)));
    assertThat(polled).isEqualTo(-5);
  }

  @Nested
  class Changes {
    private static final String NODE = "/dev/dsa/wq0.0";

    @Test
    void of_permissions_and_owner_are_kept() throws ErrnoException {
      assertThat(call(table.chmod.offset(), NODE, 0100640)).isZero();
      assertThat(call(table.chown.offset(), NODE, 5, 6)).isZero();
      assertThat(call(table.chown.offset(), NODE, -1, 8)).isZero();

      assertThat(tree.lookup(NODE).permissions()).isEqualTo(0640);
      assertThat(tree.lookup(NODE).uid()).isEqualTo(5);
      assertThat(tree.lookup(NODE).gid()).isEqualTo(8);
    }

    @Test
    void of_what_is_not_there_are_ENOENT() {
      assertThat(call(table.chmod.offset(), "/none", 0)).isEqualTo(-2);
      assertThat(call(table.chown.offset(), "/none", 0, 0)).isEqualTo(-2);
    }

    /** Truncating, as a shell's > does, is no more than a write to come. */
    @Test
    void of_size_and_time_succeed_and_do_nothing() {
      assertThat(call(table.truncate.offset(), NODE, 0)).isZero();
      assertThat(call(table.ftruncate.offset(), NODE, 0, fileInfo)).isZero();
      assertThat(call(table.utimens.offset(), NODE, null)).isZero();
      assertThat(getattr(NODE)).isZero();
    }

    /** sysfs: fs/kernfs/dir.c has no create; its mkdir, rmdir and rename are not given. */
    @Test
    void of_names_are_refused() {
      int eacces = -13;
      int eperm = -1;

      assertThat(call(table.create.offset(), "/dev/new", 0644, fileInfo)).isEqualTo(eacces);
      assertThat(call(table.mknod.offset(), "/dev/new", 0, 0)).isEqualTo(eperm);
      assertThat(call(table.mkdir.offset(), "/dev/new", 0)).isEqualTo(eperm);
      assertThat(call(table.unlink.offset(), NODE)).isEqualTo(eperm);
      assertThat(call(table.rmdir.offset(), "/dev/dsa")).isEqualTo(eperm);
      assertThat(call(table.symlink.offset(), "x", "/y")).isEqualTo(eperm);
      assertThat(call(table.rename.offset(), NODE, "/y")).isEqualTo(eperm);
      assertThat(call(table.link.offset(), NODE, "/y")).isEqualTo(eperm);
      assertThat(getattr(NODE)).isZero();
      assertThat(getattr("/dev/new")).isEqualTo(-2);
    }
  }
}
