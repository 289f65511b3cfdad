using Trading.Actors.Tests.Journals;

namespace Trading.Actors.Tests;

// Every sentence about the actors holds over every journal: nobody is locked in.

public sealed class SessionActors_in_memory() : SessionActorTests(JournalKind.InMemory);

public sealed class SessionActors_on_our_journal() : SessionActorTests(JournalKind.Ours);

public sealed class SessionActors_on_Akka_Persistence_Sql() : SessionActorTests(JournalKind.Sql);

public sealed class Supervision_in_memory() : SupervisionTests(JournalKind.InMemory);

public sealed class Supervision_on_our_journal() : SupervisionTests(JournalKind.Ours);

public sealed class Supervision_on_Akka_Persistence_Sql() : SupervisionTests(JournalKind.Sql);

public sealed class Directory_in_memory() : DirectoryTests(JournalKind.InMemory);

public sealed class Directory_on_our_journal() : DirectoryTests(JournalKind.Ours);

public sealed class Directory_on_Akka_Persistence_Sql() : DirectoryTests(JournalKind.Sql);

public sealed class Feeds_in_memory() : FeedTests(JournalKind.InMemory);

public sealed class Feeds_on_our_journal() : FeedTests(JournalKind.Ours);

public sealed class Feeds_on_Akka_Persistence_Sql() : FeedTests(JournalKind.Sql);

public sealed class Holes_in_memory() : HoleTests(JournalKind.InMemory);

public sealed class Holes_on_our_journal() : HoleTests(JournalKind.Ours);

public sealed class Holes_on_Akka_Persistence_Sql() : HoleTests(JournalKind.Sql);

public sealed class Stalls_in_memory() : StallTests(JournalKind.InMemory);

public sealed class Stalls_on_our_journal() : StallTests(JournalKind.Ours);

public sealed class Stalls_on_Akka_Persistence_Sql() : StallTests(JournalKind.Sql);

public sealed class Aggregates_in_memory() : AggregateTests(JournalKind.InMemory);

public sealed class Aggregates_on_our_journal() : AggregateTests(JournalKind.Ours);

public sealed class Aggregates_on_Akka_Persistence_Sql() : AggregateTests(JournalKind.Sql);
