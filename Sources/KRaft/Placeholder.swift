enum KRaftPlaceholder {}
