using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Moda.Extensions.Hosting;

/// <summary>Reads the options from the host's configuration, where it has one.</summary>
internal sealed class ConfigurationBinding(IServiceProvider services) : IConfigureOptions<ModaOptions>
{
    /// <inheritdoc/>
    public void Configure(ModaOptions options) => services.GetService<IConfiguration>()?.GetSection(ModaOptions.SectionName).Bind(options);
}
