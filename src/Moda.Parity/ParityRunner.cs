using System.Collections.Concurrent;
using Moda.Kernels;
using Moda.Kernels.Forwards;
using Moda.Parity.Cases;
using Moda.Weights;

namespace Moda.Parity;

/// <summary>Holds the engine against case files.</summary>
public static class ParityRunner
{
    /// <summary>Every kind of case that comes with the engine.</summary>
    internal static IReadOnlyList<IParityCase> Kinds { get; } =
    [
        new AppearanceCase(),
        new MotionExtractorCase(),
        new WarpingCase(),
        new SpadeCase(),
        new StitchingCase(),
        new BiSeNetCase(),
        new MotionMathCase(),
        new DrivingCase(),
        new KalmanCase(),
        new MotionTemplateCase(),
        new ImageDrivingCase(),
        new VideoDrivingCase(),
        new ModaDrivingCase(),
        new DrivenByMixCase(),
        new DrivingCropCase(),
        new ImageRetargetingCase(),
        new VideoRetargetingCase(),
        new LipSyncVideoCase(),
        new HubertCase(),
        new MotionGeneratorCase(),
        new MotionSamplingCase(),
        new EmotionGuidanceCase(),
        new FlowMatchCase(),
        new DdimCase(),
        new CropCase(),
        new FaceMaskCase(),
        new EndToEndCase(),
    ];

    private static readonly ConcurrentDictionary<string, IParityCase> OwnKinds = new(StringComparer.Ordinal);

    /// <summary>Adds a kind of case, for all cases that are run from now on. Any thread may call it.</summary>
    /// <param name="kind">The kind. Its name stands in the files' metadata as <c>case</c>.</param>
    /// <exception cref="ArgumentException">There is such a kind, or its name is empty or ends like that of a preset.</exception>
    public static void Register(IParityCase kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        if (ReferenceCase.KindOf(kind.Kind) != kind.Kind || kind.Kind.Length == 0)
        {
            throw new ArgumentException($"'{kind.Kind}' is no name of a kind: it must not be empty, nor end with .tiny, .full or .any.", nameof(kind));
        }

        if (Kinds.Any(known => known.Kind == kind.Kind) || !OwnKinds.TryAdd(kind.Kind, kind))
        {
            throw new ArgumentException($"There is a kind of case '{kind.Kind}' already; choose another name.", nameof(kind));
        }
    }

    /// <summary>Computes a case and compares each of its outputs.</summary>
    /// <param name="device">Where the networks run.</param>
    /// <param name="reference">The case.</param>
    /// <param name="tolerance">A relative error that replaces the kind's own; null for the kind's own.</param>
    /// <returns>One result for each output of the file.</returns>
    /// <exception cref="CheckpointFormatException">
    /// The kind of case is unknown, an output of the file is not computed, or what the file has does not fit its kind.
    /// </exception>
    public static IReadOnlyList<ParityResult> Run(Device device, ReferenceCase reference, double? tolerance = null)
    {
        IReadOnlyList<IParityCase> known = [.. Kinds, .. OwnKinds.Values];
        IParityCase kind = known.FirstOrDefault(candidate => candidate.Kind == reference.Kind)
            ?? throw new CheckpointFormatException(
                reference.Path, $"its case '{reference.Kind}' is unknown. Known are: {string.Join(", ", known.Select(one => one.Kind))}.");
        try
        {
            return Compare(kind, device, reference, tolerance);
        }
        catch (Exception exception) when (exception is ArgumentException or TensorShapeException or ArithmeticException or FormatException or IndexOutOfRangeException
            or InvalidOperationException or KeyNotFoundException or NotSupportedException)
        {
            // What the case has is not what its kind needs: too few extents, another length, a network that its weights lack.
            throw new CheckpointFormatException(
                reference.Path, $"its inputs or outputs do not fit a case '{reference.Kind}': {exception.Message}", exception);
        }
    }

    private static List<ParityResult> Compare(IParityCase kind, Device device, ReferenceCase reference, double? tolerance)
    {
        IReadOnlyDictionary<string, HostTensor> outputs = kind.Compute(device, reference);
        var results = new List<ParityResult>();
        foreach (string name in reference.OutputNames)
        {
            if (!outputs.TryGetValue(name, out HostTensor? actual))
            {
                throw new CheckpointFormatException(reference.Path, $"its output '{name}' is none of a case '{reference.Kind}'.");
            }

            results.Add(ParityResult.Compare(
                name,
                actual.Values,
                reference.Output(name).Values,
                reference.OutputStride(name),
                tolerance ?? kind.Tolerance(device.ActivationType),
                kind.ImageRequirement(name)));
        }

        return results;
    }
}
