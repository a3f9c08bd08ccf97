package io.dsafs.hw;

/** Decides which thread runs the engines, and when. */
interface EngineDriver {
  /** Whether an engine takes work as soon as there is some. */
  boolean isAutomatic();

  /**
   * Sees to it that an engine, which has been loaded, runs. Called without the device lock.
   *
   * @param mayRunHere whether the calling thread may be used for short work
   */
  void start(Engine engine, boolean mayRunHere);

  /**
   * How much longer the calling thread may wait for what an engine does, because it has claimed the
   * engine itself to run it later, in nanoseconds; 0 or less: not at all. The engine runs
   * meanwhile. Called with the device lock held.
   */
  default long patienceNanosLocked(Engine engine) {
    return 0;
  }

  /** The thread that runs an engine is held up and not counted on any more; with the lock held. */
  default void giveUpLocked(Engine engine) {}

  /** Ends its threads once they have finished what they run. */
  void close();

  /** Nothing runs until it is stepped. */
  EngineDriver MANUAL =
      new EngineDriver() {
        @Override
        public boolean isAutomatic() {
          return false;
        }

        @Override
        public void start(Engine engine, boolean mayRunHere) {
          throw new IllegalStateException("engines are stepped by hand");
        }

        @Override
        public void close() {}
      };
}
