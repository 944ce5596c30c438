using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Moda.Extensions.Hosting.Clients;

/// <summary>Wraps a client in others, the first that is added outermost.</summary>
public sealed class TalkingHeadClientBuilder
{
    private readonly Func<IServiceProvider, ITalkingHeadClient> createInner;
    private readonly List<Func<ITalkingHeadClient, IServiceProvider, ITalkingHeadClient>> layers = [];

    /// <summary>Begins with a client.</summary>
    /// <param name="innerClient">The innermost client.</param>
    public TalkingHeadClientBuilder(ITalkingHeadClient innerClient)
    {
        ArgumentNullException.ThrowIfNull(innerClient);
        createInner = _ => innerClient;
    }

    /// <summary>Begins with a client that is created when the whole is built.</summary>
    /// <param name="createInnerClient">Creates the innermost client.</param>
    public TalkingHeadClientBuilder(Func<IServiceProvider, ITalkingHeadClient> createInnerClient)
    {
        ArgumentNullException.ThrowIfNull(createInnerClient);
        createInner = createInnerClient;
    }

    /// <summary>Adds a layer.</summary>
    /// <param name="createLayer">Wraps the client that it is given.</param>
    /// <returns>This builder.</returns>
    public TalkingHeadClientBuilder Use(Func<ITalkingHeadClient, IServiceProvider, ITalkingHeadClient> createLayer)
    {
        ArgumentNullException.ThrowIfNull(createLayer);
        layers.Add(createLayer);
        return this;
    }

    /// <summary>Adds a layer that needs no services.</summary>
    /// <param name="createLayer">Wraps the client that it is given.</param>
    /// <returns>This builder.</returns>
    public TalkingHeadClientBuilder Use(Func<ITalkingHeadClient, ITalkingHeadClient> createLayer)
    {
        ArgumentNullException.ThrowIfNull(createLayer);
        return Use((inner, _) => createLayer(inner));
    }

    /// <summary>Logs when requests begin, end and fail.</summary>
    /// <param name="loggerFactory">Where to; null for the services' factory, and nowhere where they have none.</param>
    /// <returns>This builder.</returns>
    public TalkingHeadClientBuilder UseLogging(ILoggerFactory? loggerFactory = null) =>
        Use((inner, services) => (loggerFactory ?? services.GetService<ILoggerFactory>()) is { } factory
            ? new LoggingTalkingHeadClient(inner, factory.CreateLogger<LoggingTalkingHeadClient>())
            : inner);

    /// <summary>Measures requests and traces them, by OpenTelemetry's conventions for generative AI.</summary>
    /// <param name="meterFactory">Creates the meter; null for the services' factory, and a meter of its own where they have none.</param>
    /// <returns>This builder.</returns>
    public TalkingHeadClientBuilder UseOpenTelemetry(IMeterFactory? meterFactory = null) =>
        Use((inner, services) => new OpenTelemetryTalkingHeadClient(inner, meterFactory ?? services.GetService<IMeterFactory>()));

    /// <summary>Builds the client.</summary>
    /// <param name="services">What layers ask for; null for no services.</param>
    /// <returns>The outermost client; the caller disposes it, and with it those that it wraps.</returns>
    public ITalkingHeadClient Build(IServiceProvider? services = null)
    {
        services ??= NoServices.Instance;
        ITalkingHeadClient client = createInner(services);
        for (int n = layers.Count - 1; n >= 0; n--)
        {
            client = layers[n](client, services) ?? throw new InvalidOperationException($"Layer {n} of the talking-head client is null. Return a client from Use.");
        }

        return client;
    }

    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
