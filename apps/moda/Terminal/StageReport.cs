using Moda.Runtime.Progress;

namespace Moda.Cli.Terminal;

/// <summary>Stages of the engine as bars of the terminal.</summary>
internal sealed class StageReport(StageProgress progress) : IProgress<GenerationProgress>
{
    /// <inheritdoc/>
    public void Report(GenerationProgress value) => progress.Report(
        value.Stage switch
        {
            GenerationStage.LoadingWeights => "Loading weights",
            GenerationStage.TrackingFace => "Following the face (frames)",
            GenerationStage.ReadingMotion => "Reading motion (frames)",
            GenerationStage.EncodingAudio => "Encoding the voice (frames)",
            GenerationStage.GeneratingMotion => "Generating motion (frames)",
            _ => "Rendering (frames)",
        },
        value.Completed,
        value.Total);
}
