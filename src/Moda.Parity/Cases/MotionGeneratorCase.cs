using Moda.Kernels;
using Moda.Runtime.Networks.Motion;

namespace Moda.Parity.Cases;

/// <summary>One call of the motion generator, each element of the batch with its own timestep, emotion and keypoints.</summary>
internal sealed class MotionGeneratorCase : IParityCase
{
    public string Kind => "dit";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        HostTensor motion = reference.Input("motion").SwapOuterAxes();
        HostTensor audio = reference.Input("audio");
        audio = audio.Reshape(audio.Extents[0], audio.Extents[1], audio.Values.Length / (audio.Extents[0] * audio.Extents[1])).SwapOuterAxes();
        float[] timesteps = reference.Input("timestep").Values;
        float[] emotions = reference.Input("emotion").Values;
        HostTensor keypoints = FrameMean(reference.Input("ref_kp"));
        int batch = timesteps.Length;
        return NetworkCase.Compute(
            device,
            reference,
            "motion_generator",
            parameters => new MotionGenerator(parameters, motion.Extents[0]),
            (workspace, network) =>
            {
                MotionConditioning conditioning = network.Condition(workspace, steps: 1, batch);
                Tensor motionPort = workspace.Allocate(motion.Shape);
                Tensor audioPort = workspace.Allocate(audio.Shape);
                Tensor tokens = network.EmbedAudio(workspace, audioPort);
                return (
                    Network: network,
                    Conditioning: conditioning,
                    Motion: motionPort,
                    Audio: audioPort,
                    Velocity: network.Velocity(workspace, motionPort, tokens, conditioning, step: 0));
            },
            ports =>
            {
                device.Write(motion.Values, ports.Motion);
                device.Write(audio.Values, ports.Audio);
                device.Write(keypoints.Values, ports.Conditioning.Keypoints);
                float[] features = new float[ports.Network.TimeFeatures];
                for (int element = 0; element < batch; element++)
                {
                    TimestepEmbedding.Compute(timesteps[element], features);
                    device.Write(features, ports.Conditioning.TimeFeatures[0].Slice(element, 1));
                    device.Write(ports.Network.EmotionEmbedding((int)emotions[element]), ports.Conditioning.Emotion.Slice(element, 1));
                }
            },
            ports => new() { ["velocity"] = HostTensor.Read(device, ports.Velocity).SwapOuterAxes() });
    }

    // [B, frames, K] to [B, K].
    private static HostTensor FrameMean(HostTensor keypoints)
    {
        int frames = keypoints.Extents[1];
        int channels = keypoints.Extents[2];
        float[] means = new float[keypoints.Extents[0] * channels];
        for (int i = 0; i < keypoints.Values.Length; i++)
        {
            means[i / (frames * channels) * channels + i % channels] += keypoints.Values[i] / frames;
        }

        return new HostTensor(means, [keypoints.Extents[0], channels]);
    }
}
