using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting.Clients;
using Moda.Extensions.Hosting.Queueing;
using Moda.Extensions.Hosting.Telemetry;

namespace Moda.Extensions.Hosting;

/// <summary>Adds talking heads to a host.</summary>
public static class ModaServiceCollectionExtensions
{
    /// <summary>The name of the health check.</summary>
    public const string HealthCheckName = "moda";

    /// <summary>
    /// Adds one engine, which is loaded when the host starts and disposed when it stops; an <see cref="ITalkingHeadClient"/> with a queue in
    /// front of it; and the health check "moda". Options come from the section "Moda" of the configuration, then from code.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes the options; null where the configuration says all.</param>
    /// <returns>Adds layers to the client: logs, metrics and traces, your own.</returns>
    /// <exception cref="InvalidOperationException">It was added before; one host has one engine.</exception>
    public static TalkingHeadClientBuilder AddModa(this IServiceCollection services, Action<ModaOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(service => service.ServiceType == typeof(EngineHost)))
        {
            throw new InvalidOperationException("AddModa was called before. Call it once: a host has one engine, which serves many requests at once.");
        }

        OptionsBuilder<ModaOptions> options = services.AddOptions<ModaOptions>();
        services.AddSingleton<IConfigureOptions<ModaOptions>, ConfigurationBinding>();
        services.AddSingleton<IValidateOptions<ModaOptions>, ModaOptionsValidator>();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        options.ValidateOnStart();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<EngineHost>();
        services.AddSingleton(CreateQueue);
        services.AddHostedService<EngineStart>();
        services.AddHealthChecks().AddCheck<EngineHealthCheck>(HealthCheckName, tags: ["ready"]);

        var client = new TalkingHeadClientBuilder(provider => new EngineTalkingHeadClient(
            provider.GetRequiredService<EngineHost>(), provider.GetRequiredService<RequestLimiter>(), provider.GetRequiredService<IMeterFactory>()));
        services.AddSingleton(provider => client.Build(provider));
        return client;
    }

    private static RequestLimiter CreateQueue(IServiceProvider services)
    {
        ModaOptions options = services.GetRequiredService<IOptions<ModaOptions>>().Value;
        return new RequestLimiter(
            options.MaxConcurrent,
            options.MaxQueue,
            ModaTelemetry.CreateMeter(services.GetRequiredService<IMeterFactory>()),
            services.GetRequiredService<TimeProvider>());
    }
}
