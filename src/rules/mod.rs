//! Floor 1, rules: office hours, what may be recorded, how long it is kept, who may do what. Pure
//! functions of time and facts.
