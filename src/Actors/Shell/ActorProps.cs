using Akka.Actor;

namespace Trading.Actors.Shell;

/// <summary>Props that make an actor by a function: no expression is compiled, no constructor is looked for.</summary>
internal static class ActorProps
{
    /// <summary>Props of actors that the function makes.</summary>
    public static Props Of<TActor>(Func<TActor> make)
        where TActor : ActorBase => Props.CreateBy(new Producer<TActor>(make));

    private sealed class Producer<TActor>(Func<TActor> make) : IIndirectActorProducer
        where TActor : ActorBase
    {
        public Type ActorType => typeof(TActor);

        public ActorBase Produce() => make();

        public void Release(ActorBase actor) { }
    }
}
