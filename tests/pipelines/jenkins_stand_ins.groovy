// Copyright (c) 2026, sailpoint_community.isc contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Runs a Jenkinsfile under Groovy, with stand-ins for the directives and steps of Jenkins. It prints each thing that the
// file does as a line of JSON. A directive that Jenkins does not know in a place is an error here too.
//
//     groovy jenkins_stand_ins.groovy JENKINSFILE '{"env": {"BRANCH_NAME": "main"}, "answer": "yes"}'
//
// The order is that of Declarative Pipeline: options, input, agent, environment, steps. The conditions of `when` come
// last before the environment; beforeAgent and beforeInput bring them forward.

import groovy.json.JsonOutput
import groovy.json.JsonSlurper

class Stop extends RuntimeException {
    Stop(String why) { super(why) }
}

/** What a block may contain: a name that is not among `known` is an error. */
class Block {
    String where
    Map env
    Map<String, Closure> known

    static void run(Closure body, String where, Map env, Map<String, Closure> known) {
        body.delegate = new Block(where: where, env: env, known: known)
        body.resolveStrategy = Closure.DELEGATE_ONLY
        body.call()
    }

    def invokeMethod(String name, Object arguments) {
        if (!known.containsKey(name)) {
            throw new Stop("$where: unknown: $name")
        }
        known[name].call(*(arguments as List))
    }

    def propertyMissing(String name) {
        switch (name) {
            case 'env': return env
            case ['scm', 'none', 'any']: return name
            case known.keySet(): return invokeMethod(name, [] as Object[])
            default: throw new Stop("$where: unknown: $name")
        }
    }

    void propertyMissing(String name, Object value) {
        if (!known.containsKey('=')) {
            throw new Stop("$where: nothing may be set here: $name")
        }
        known['='].call(name, value)
    }
}

class Jenkins {
    Map env
    String answer
    boolean onAgent = false
    Map stashes = [:]

    void say(Object... what) { println JsonOutput.toJson(what) }

    void need(boolean holds, String otherwise) {
        if (!holds) {
            throw new Stop(otherwise)
        }
    }

    void useAgent(Object label) {
        say('agent', label)
        onAgent = label != 'none'
    }

    Closure agents(String where) {
        return { Object what ->
            if (what instanceof Closure) {
                Block.run(what, where, env, [label: { String each -> useAgent(each) }])
            } else {
                useAgent(what)
            }
        }
    }

    Map options(String where, List names) {
        return names.collectEntries { name -> [name, { Object... given -> say('option', where, name, given as List) }] }
    }

    Closure setting(Map variables) {
        Map known = ['=': { String name, Object value -> variables[name] = value }]
        return { Closure body -> Block.run(body, 'environment', variables, known) }
    }

    /** Return whether all conditions of a block hold, and which of its flags are set. */
    List judge(Closure body) {
        List held = []
        Set flags = []
        Map known = [
            branch: { String name -> held << (env.BRANCH_NAME == name) },
            not: { Closure inner -> held << !judge(inner)[0] },
            expression: { Closure inner ->
                inner.delegate = new Block(where: 'expression', env: env, known: [:])
                inner.resolveStrategy = Closure.DELEGATE_ONLY
                held << (inner.call() as boolean)
            },
        ]
        ['beforeAgent', 'beforeInput'].each { flag -> known[flag] = { boolean on -> if (on) { flags << flag } } }
        Block.run(body, 'when', env, known)
        return [held.every(), flags]
    }

    Map steps(Map variables) {
        return [
            checkout: { String what -> need(onAgent, 'checkout without an agent'); say('checkout') },
            echo: { String what -> say('echo', what) },
            sh: { String script -> need(onAgent, 'sh without an agent'); say('sh', script, variables) },
            timeout: { Map limit, Closure body ->
                need(limit.keySet() == ['time', 'unit'] as Set, "timeout: $limit")
                say('timeout', limit.time, limit.unit)
                Block.run(body, 'timeout', variables, steps(variables))
            },
            string: { Map given ->
                need(given.keySet() == ['credentialsId', 'variable'] as Set, "string: $given")
                return given
            },
            withCredentials: { List bound, Closure body ->
                Map inner = variables + bound.collectEntries { [it.variable, "<${it.credentialsId}>".toString()] }
                Block.run(body, 'withCredentials', inner, steps(inner))
            },
            archiveArtifacts: { Map what -> need(onAgent, 'archive without an agent'); say('archive', what.artifacts) },
            stash: { Map what -> stashes[what.name] = what.includes; say('stash', what.name) },
            unstash: { String name -> need(stashes.containsKey(name), "no stash $name"); say('unstash', name) },
        ]
    }

    void stage(String name, Closure body, Map outer, boolean outerAgent) {
        Map parts = [:]
        Map known = ['when', 'agent', 'steps', 'post', 'input', 'options', 'environment'].collectEntries { part ->
            [part, { given -> need(!parts.containsKey(part), "$name has two $part"); parts[part] = given }]
        }
        Block.run(body, "stage $name", outer, known)
        need(parts.steps != null, "$name has no steps")
        say('stage', name)
        Map variables = [:] + outer
        if (parts.options) {
            Block.run(parts.options, "options of $name", variables, options(name, ['timeout', 'retry']))
        }
        def (holds, flags) = parts.when ? judge(parts.when) : [true, [] as Set]
        if (!holds && 'beforeInput' in flags) {
            say('skipped', name)
            return
        }
        if (parts.input) {
            ask(parts.input)
        }
        if (!holds && 'beforeAgent' in flags) {
            say('skipped', name)
            return
        }
        try {
            if (parts.agent) {
                agents("agent of $name").call(parts.agent)
            }
            if (!holds) {
                say('skipped', name)
                return
            }
            if (parts.environment) {
                setting(variables).call(parts.environment)
            }
            Block.run(parts.steps, "steps of $name", variables, steps(variables))
        } finally {
            if (holds && parts.post) {
                Map always = [always: { Closure inner -> Block.run(inner, 'always', variables, steps(variables)) }]
                Block.run(parts.post, "post of $name", variables, always)
            }
            onAgent = outerAgent
        }
    }

    void ask(Closure body) {
        Map asked = [:]
        Map known = ['message', 'ok', 'submitter'].collectEntries { part ->
            [part, { String given -> asked[part] = given }]
        }
        Block.run(body, 'input', env, known)
        need(!onAgent, 'a question keeps an agent waiting')
        say('input', asked.submitter, answer)
        need(answer == 'yes', 'not approved')
    }

    void pipeline(Closure body) {
        Map variables = [:] + env
        Map known = [
            agent: agents('agent'),
            triggers: { Closure inner ->
                Block.run(inner, 'triggers', env, [cron: { String when -> say('cron', when) }])
            },
            options: { Closure inner ->
                List names = ['disableConcurrentBuilds', 'skipDefaultCheckout']
                Block.run(inner, 'options', env, options('pipeline', names))
            },
            environment: setting(variables),
            stages: { Closure inner ->
                boolean kept = onAgent
                Closure next = { String name, Closure each -> stage(name, each, variables, kept) }
                Block.run(inner, 'stages', env, [stage: next])
            },
        ]
        Block.run(body, 'pipeline', env, known)
    }
}

Map given = new JsonSlurper().parseText(args[1]) as Map
Jenkins jenkins = new Jenkins(env: given.env as Map, answer: given.answer)
try {
    new GroovyShell(new Binding(pipeline: { Closure body -> jenkins.pipeline(body) })).evaluate(new File(args[0]))
    jenkins.say('end', 'success')
} catch (Stop stop) {
    jenkins.say('end', stop.message)
}
