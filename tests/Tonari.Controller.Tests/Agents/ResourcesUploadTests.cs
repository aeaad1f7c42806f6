using Grpc.Core;
using Tonari.Controller.Agents;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Tests.Agents;

public sealed class ResourcesUploadTests
{
    private static readonly Status s_answer = new(StatusCode.ResourceExhausted, "The captured resources are larger than 5 bytes.");

    [Fact]
    public async Task Of_a_refusal_that_closed_the_stream_before_all_was_written_the_sentence_arrives()
    {
        var refusal = await Should.ThrowAsync<RpcException>(() => PutAsync(Task.FromException<PutResourcesResponse>(new RpcException(s_answer))));

        refusal.Status.ShouldBe(s_answer);
    }

    [Fact]
    public async Task What_was_not_all_written_is_never_taken_for_kept()
    {
        var refusal = await Should.ThrowAsync<RpcException>(() => PutAsync(Task.FromResult(new PutResourcesResponse())));

        refusal.StatusCode.ShouldBe(StatusCode.Unavailable);
    }

    private static Task PutAsync(Task<PutResourcesResponse> answer) => new Closing(answer).PutResourcesAsync("blue-main", "m-1", new byte[3 << 20], default);

    /// <summary>Takes one piece, and closes the connection.</summary>
    private sealed class Closing(Task<PutResourcesResponse> answer) : Agent.AgentClient, IClientStreamWriter<ResourcesPiece>
    {
        private int _pieces;

        public WriteOptions? WriteOptions { get; set; }

        public override AsyncClientStreamingCall<ResourcesPiece, PutResourcesResponse> PutResources(CallOptions options) =>
            new(this, answer, Task.FromResult(new Metadata()), () => s_answer, () => [], () => { });

        public Task WriteAsync(ResourcesPiece message) =>
            _pieces++ == 0 ? Task.CompletedTask : Task.FromException(new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely."));

        public Task CompleteAsync() => Task.CompletedTask;
    }
}
