package dev.quarry.index;

/** Runs something once between the look-up of an address and its use. */
final class InterruptedDirectory extends Directory {
  Runnable interruption;

  InterruptedDirectory() {
    super(64);
  }

  @Override
  long find(long key) {
    long address = super.find(key);
    Runnable now = interruption;
    interruption = null;
    if (now != null) {
      now.run();
    }
    return address;
  }
}
