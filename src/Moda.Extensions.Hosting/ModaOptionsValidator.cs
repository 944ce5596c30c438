using Microsoft.Extensions.Options;
using Moda.Weights.Sets;

namespace Moda.Extensions.Hosting;

/// <summary>Says everything that is wrong with the options at once.</summary>
internal sealed class ModaOptionsValidator : IValidateOptions<ModaOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ModaOptions options)
    {
        var problems = new ValidateOptionsResultBuilder();
        if (options.Weights is { } weights)
        {
            Require(Directory.Exists(weights), nameof(options.Weights), $"there is no folder '{weights}'. Name one that 'moda convert' has written");
        }
        else
        {
            Require(OpenCheckpoint.Folder is not null, nameof(options.Weights), "no folder is named, and the open checkpoint is not beside the program. Name one, or add the package Moda.OpenCheckpoint");
        }

        Require(!string.IsNullOrWhiteSpace(options.Device), nameof(options.Device), "it is empty. Name a device, or leave it at 'auto'");
        Require(options.Precision is not { } precision || Enum.IsDefined(precision), nameof(options.Precision), $"there is no precision {options.Precision}");
        Require(options.Threads >= 0, nameof(options.Threads), $"{options.Threads} is negative. 0 means one on each processor");
        Require(options.MemoryLimit is not <= 0, nameof(options.MemoryLimit), $"{options.MemoryLimit} bytes are too few. Leave it out for no limit");
        Require(options.FramesPerBatch is null or (>= 1 and <= 64), nameof(options.FramesPerBatch), $"{options.FramesPerBatch} is not 1 to 64");
        Require(options.LiveClips is not < 0, nameof(options.LiveClips), $"{options.LiveClips} is negative");
        Require(options.MaxConcurrent >= 1, nameof(options.MaxConcurrent), $"{options.MaxConcurrent} is less than 1: no request would ever be served");
        Require(options.MaxQueue >= 0, nameof(options.MaxQueue), $"{options.MaxQueue} is negative. 0 means that none may wait");
        if (options.WarmUpPortrait is { } portrait)
        {
            Require(File.Exists(portrait), nameof(options.WarmUpPortrait), $"there is no file '{portrait}'");
        }

        return problems.Build();

        void Require(bool holds, string option, string problem)
        {
            if (!holds)
            {
                problems.AddError($"{ModaOptions.SectionName}:{option}: {problem}.");
            }
        }
    }
}
