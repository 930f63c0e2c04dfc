enum CoordinationPlaceholder {}
